#include "server/queue/reader_pool.h"

#include <utility>

namespace postrider::queue {

ReaderPool::ReaderPool(std::filesystem::path file, std::size_t limit)
    : file_(std::move(file)), limit_(limit) {
    idle_.reserve(limit);
}

ReaderPool::Lease::~Lease() {
    pool_.giveBack(std::move(reader_));
}

ReaderPool::Lease ReaderPool::borrow() {
    return {*this, take()};
}

std::unique_ptr<storage::Database> ReaderPool::take() {
    {
        std::unique_lock lock{mutex_};
        returned_.wait(lock, [this] { return lent_ < limit_; });
        ++lent_;
        if (!idle_.empty()) {
            auto reader = std::move(idle_.back());
            idle_.pop_back();
            return reader;
        }
    }
    try {
        return std::make_unique<storage::Database>(
            storage::Database::open(file_, {.mode = storage::DatabaseOptions::Mode::ReadOnly}));
    } catch (...) {
        giveBack(nullptr);
        throw;
    }
}

void ReaderPool::giveBack(std::unique_ptr<storage::Database> reader) noexcept {
    {
        const std::lock_guard lock{mutex_};
        --lent_;
        if (reader) idle_.push_back(std::move(reader));
    }
    returned_.notify_one();
}

}  // namespace postrider::queue
