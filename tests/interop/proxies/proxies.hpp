// The real proxies, each as one object: started, listening, and killed at its end.
#pragma once

#include "process.hpp"

#include <string>
#include <utility>
#include <vector>

namespace proxies {

/// SOCKS5. Options of its command line: -u USER -P PASSWORD.
class microsocks {
public:
    explicit microsocks(std::vector<std::string> const& options = {})
        : process_("microsocks", scratch_, [&](unsigned short port) {
              std::vector<std::string> all{"-i", "127.0.0.1", "-p", std::to_string(port)};
              all.insert(all.end(), options.begin(), options.end());
              return all;
          })
    {
    }
    /// The target's name is resolved by the proxy; with "socks5" as scheme by libcurl.
    [[nodiscard]] std::string url(std::string const& scheme = "socks5h", std::string const& login = {}) const
    {
        return scheme + "://" + login + "127.0.0.1:" + std::to_string(process_.port());
    }
    [[nodiscard]] server_process& process() noexcept { return process_; }

private:
    scratch_directory scratch_;
    server_process process_;
};

/// An HTTP proxy. `settings` are further lines of its configuration.
class tinyproxy {
public:
    explicit tinyproxy(std::string const& settings = {})
        : process_("tinyproxy", scratch_, [&](unsigned short port) {
              auto const file =
                  scratch_.write("tinyproxy.conf", "Listen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nMaxClients 20\nPort " +
                                                       std::to_string(port) + "\n" + settings);
              return std::vector<std::string>{"-d", "-c", file};
          })
    {
    }
    [[nodiscard]] std::string url(std::string const& login = {}) const
    {
        return "http://" + login + "127.0.0.1:" + std::to_string(process_.port());
    }
    [[nodiscard]] server_process& process() noexcept { return process_; }

private:
    scratch_directory scratch_;
    server_process process_;
};

/// A gateway in HTTP mode. `frontend` are the lines of its frontend after the address; `backends` whole sections.
class haproxy {
public:
    explicit haproxy(std::string const& frontend, std::string const& backends = {})
        : process_("haproxy", scratch_, [&](unsigned short port) {
              auto const file =
                  scratch_.write("haproxy.cfg", "global\n maxconn 50\n nbthread 1\n"
                                                // else it makes a socket for the system's name server
                                                "resolvers default\n nameserver nobody 127.0.0.1:9\n"
                                                "defaults\n mode http\n retries 0\n timeout client 60s\n"
                                                " timeout connect 60s\n timeout server 60s\n"
                                                "frontend gateway\n bind 127.0.0.1:" +
                                                    std::to_string(port) + "\n" + frontend + "\n" + backends + "\n");
              return std::vector<std::string>{"-db", "-f", file};
          })
    {
    }
    [[nodiscard]] std::string url(std::string const& path = {}) const
    {
        return "http://127.0.0.1:" + std::to_string(process_.port()) + path;
    }

private:
    scratch_directory scratch_;
    server_process process_;
};

/// A name that cannot exist, since a label has at most 63 characters: the resolver refuses it without asking anybody.
inline std::string const unknown_name = std::string(70, 'a') + ".invalid";

/// An unreachable address: TCP to the loopback's broadcast address is refused by the kernel itself.
inline std::string const unreachable_address = "127.255.255.255";

}  // namespace proxies
