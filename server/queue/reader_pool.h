#pragma once

#include "common/storage/sqlite.h"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace postrider::queue {

/// A few reading connections, opened when first needed and then kept with their compiled
/// statements. Who finds all of them lent waits. Locks inside.
class ReaderPool {
public:
    ReaderPool(std::filesystem::path file, std::size_t limit);

    /// One connection until the end of a scope. One thread.
    class Lease {
    public:
        Lease(ReaderPool& pool, std::unique_ptr<storage::Database> reader)
            : pool_(pool), reader_(std::move(reader)) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease();
        storage::Database& operator*() const noexcept { return *reader_; }
        storage::Database* operator->() const noexcept { return reader_.get(); }

    private:
        ReaderPool& pool_;
        std::unique_ptr<storage::Database> reader_;
    };

    /// Throws SqliteError when a connection cannot be opened.
    [[nodiscard]] Lease borrow();

private:
    std::unique_ptr<storage::Database> take();
    void giveBack(std::unique_ptr<storage::Database> reader) noexcept;

    const std::filesystem::path file_;
    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<storage::Database>> idle_;
    std::size_t lent_ = 0;
};

}  // namespace postrider::queue
