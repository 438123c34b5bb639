"""What listen.monitoring says."""
import urllib.error
import urllib.request


def get(server, path):
    """(status, headers, text) of a page of a Postrider."""
    request = urllib.request.Request(f"http://{server.ip}:{server.monitoring}{path}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()
