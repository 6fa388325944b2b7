/*
 * The bare echo that the relay is measured against: what a C program can do with the same system calls when it does no work at all.
 * recvmmsg and sendmmsg in batches of 64, one thread; a reply is the received buffer with the received address, nothing is copied.
 * It sleeps in poll(2), and only after a batch that wasn't full, as the relay's loop does.
 *
 * cc -O2 -o echo echo.c && ./echo [ADDRESS]      (an IPv4 address; 127.0.0.1 unless given)
 *
 * It says {"port":N,"trust":""} on standard output once it is bound, and ends when its standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, LARGEST = 1536, KERNEL_BUFFER = 4 << 20 };

static char payload[BATCH][LARGEST];
static struct sockaddr_in name[BATCH];
static struct iovec vector[BATCH];
static struct mmsghdr message[BATCH];

static int fail(const char *call)
{
    perror(call);
    return 1;
}

static int bind_to(const char *address)
{
    struct sockaddr_in local = { .sin_family = AF_INET };
    socklen_t size = sizeof local;
    int buffer = KERNEL_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || inet_pton(AF_INET, address, &local.sin_addr) != 1) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    if (bind(fd, (struct sockaddr *)&local, sizeof local) || getsockname(fd, (struct sockaddr *)&local, &size)) return -1;
    printf("{\"port\":%d,\"trust\":\"\"}\n", ntohs(local.sin_port));
    fflush(stdout);
    return fd;
}

/* Returns 0 when standard input has ended. */
static int wait_for(int fd)
{
    struct pollfd watched[2] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
    char line[64];
    if (poll(watched, 2, -1) < 0) return errno == EINTR;
    return !watched[1].revents || read(STDIN_FILENO, line, sizeof line) > 0;
}

int main(int count, char **arguments)
{
    int fd = bind_to(count > 1 ? arguments[1] : "127.0.0.1");
    if (fd < 0) return fail("bind");
    for (int i = 0; i < BATCH; i++) {
        vector[i].iov_base = payload[i];
        message[i].msg_hdr = (struct msghdr){ .msg_name = &name[i], .msg_iov = &vector[i], .msg_iovlen = 1 };
    }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            vector[i].iov_len = LARGEST;
            message[i].msg_hdr.msg_namelen = sizeof name[i];
        }
        int received = recvmmsg(fd, message, BATCH, MSG_DONTWAIT, NULL);
        if (received < 0 && errno != EAGAIN && errno != EINTR) return fail("recvmmsg");
        for (int i = 0; i < received; i++) vector[i].iov_len = message[i].msg_len;
        for (int sent = 0; sent < received;) {
            int taken = sendmmsg(fd, message + sent, received - sent, 0);
            if (taken < 0 && errno != EINTR) return fail("sendmmsg");
            if (taken > 0) sent += taken;
        }
        if (received < BATCH && !wait_for(fd)) return 0;
    }
}
