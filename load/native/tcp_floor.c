// What the kernel's TCP costs the server of a handshake: the same connections and flights, and no work at all.
//   cc -O2 -o tcp_floor tcp_floor.c
//   taskset -c 0 ./tcp_floor serve 7777 & taskset -c 1 ./tcp_floor dial 7777 32 5
// The server prints its processor time a connection when the dialler tells it to stop.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { Flights = 2, Most = 4096, Clients = 256, Warm = 5000 };

// Bytes of each flight of a device's full handshake (SPEC 4): HELLO → CERT, CKEY → SKEY to OBSERVED, then CLIENT_ID, SIG, FIN and CLOSE together, and both close.
static const int client_bytes[Flights] = {256, 69};
static const int server_bytes[Flights] = {985, 246};
static const int last_bytes = 240;

struct connection { int fd, flight, count; };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double used(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int serve(int port) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), set = epoll_create1(0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 512)) fail("listen");
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL}, events[128];
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
    char buffer[Most] = {0};
    long done = 0;
    double before = 0, began = 0;
    while (1) {
        int ready = epoll_wait(set, events, 128, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
                    c = calloc(1, sizeof *c);
                    c->fd = fd;
                    event = (struct epoll_event){.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c};
                    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
                }
                continue;
            }
            int got;
            do {
                got = recv(c->fd, buffer, sizeof buffer, 0);
                if (got == 1 && buffer[0] == 'S') {
                    double time = used() - before;
                    printf("%.1f us of the server a connection, %ld connections, busy %.2f\n", time / done * 1e6, done, time / (seconds() - began));
                    return 0;
                }
                if (got > 0) c->count += got;
                if (c->flight < Flights && c->count >= client_bytes[c->flight]) {
                    c->count -= client_bytes[c->flight];
                    int say = server_bytes[c->flight++];
                    if (send(c->fd, buffer, say, MSG_NOSIGNAL) != say) fail("send");
                }
                // A FIN that came with the data has had its event.
            } while (got > 0 && (events[i].events & EPOLLRDHUP));
            if (got > 0 || (got < 0 && errno == EAGAIN)) continue;
            close(c->fd);
            free(c);
            // The first ones warm it up.
            if (++done == Warm && began == 0) done = 0, began = seconds(), before = used();
        }
    }
}

static int dial(int port, struct sockaddr_in *from) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (bind(fd, (void *)from, sizeof *from) || connect(fd, (void *)&to, sizeof to)) fail("connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static int dial_all(int port, int clients, double during) {
    int set = epoll_create1(0);
    struct connection all[Clients] = {0};
    struct sockaddr_in from[Clients];
    struct epoll_event event, events[Clients];
    char buffer[Most] = {0};
    double until = seconds() + during;
    for (int i = 0; i < clients; i++) {
        from[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F020001 + i)};
        all[i].fd = -1;
    }
    while (seconds() < until) {
        for (int i = 0; i < clients; i++) {
            if (all[i].fd >= 0) continue;
            all[i] = (struct connection){.fd = dial(port, &from[i])};
            event = (struct epoll_event){.events = EPOLLIN, .data.u32 = i};
            epoll_ctl(set, EPOLL_CTL_ADD, all[i].fd, &event);
            if (send(all[i].fd, buffer, client_bytes[0], 0) < 0) fail("send");
        }
        int ready = epoll_wait(set, events, Clients, 0);
        for (int k = 0; k < ready; k++) {
            struct connection *c = &all[events[k].data.u32];
            int got = recv(c->fd, buffer, sizeof buffer, 0);
            if (got <= 0) {
                close(c->fd);
                c->fd = -1;
                continue;
            }
            c->count += got;
            while (c->flight < Flights && c->count >= server_bytes[c->flight]) {
                c->count -= server_bytes[c->flight++];
                int last = c->flight == Flights;
                if (send(c->fd, buffer, last ? last_bytes : client_bytes[c->flight], 0) < 0) fail("send");
                if (last) shutdown(c->fd, SHUT_WR);
            }
        }
    }
    int stop = dial(port, &(struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)});
    send(stop, "S", 1, 0);
    return 0;
}

int main(int count, char **args) {
    if (count == 3 && !strcmp(args[1], "serve")) return serve(atoi(args[2]));
    if (count == 5 && !strcmp(args[1], "dial")) return dial_all(atoi(args[2]), atoi(args[3]), atof(args[4]));
    fprintf(stderr, "serve PORT | dial PORT CLIENTS SECONDS\n");
    return 2;
}
