// What `faceki token --help` says behind its options.
#include "cli/token_command.hpp"

namespace faceki::cli {

const char* const token_help = R"help(
Environment:
  FACEKI_CLIENT_ID       the client id
  FACEKI_CLIENT_SECRET   the client secret, unless --client-secret-file is given
  HTTPS_PROXY, NO_PROXY  the proxy; a loopback address never has one
Credentials are never taken from the command line: everybody on the machine can read it.

Output:
  bare    TOKEN
  header  Authorization: Bearer TOKEN, as in: faceki token --format header | curl --header @- URL
  json    {"access_token","token_type","expires_in","expires_at","expires_at_epoch","requests_sent"}
          expires_in: whole seconds counted from receipt; expires_at: UTC, use the token before then

Errors go to stderr, and stdout stays empty. With --format json the last line on stderr is
  {"error":{"code","conditions","message","http_status","retryable","requests_sent"}}
  code: a name of faceki::errc, operation_aborted, not_enough_memory or system_error; conditions: those of
  transient, permanent, auth, network, protocol that hold; http_status: null if no answer came;
  requests_sent: each may be billed

Exit codes:
    0  the token is on stdout
    1  the system refused something: memory, descriptors, threads
    2  usage
    3  configuration or credentials missing or unusable, or stdout cannot be written to
    4  the endpoint rejected the credentials
    5  rate limit or request budget
    6  network: DNS, TCP, proxy, TLS
    7  timeout
    8  an answer that cannot be used
    9  the token store failed
   10  the endpoint reported an error of its own
  130  SIGINT or SIGTERM)help";

} // namespace faceki::cli
