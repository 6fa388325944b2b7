/*
 * The echo of echo.c by io_uring, to see whether the relay's loop should use it (docs/decisions/0010): one multishot RECVMSG into provided
 * buffers, replies by SENDMSG, all of a round submitted and the next one awaited by one io_uring_enter. Raw system calls, no liburing.
 *
 * cc -O2 -o echo_uring echo_uring.c && ./echo_uring [ADDRESS]      (Linux 6.1 or later; as echo otherwise)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 256, BUFFERS = 512, BUFFER_SIZE = 2048, KERNEL_BUFFER = 4 << 20, GROUP = 1, FILES = 1 };
enum { RECEIVED = 1 << 16, SENT, INPUT };

static int ring;
static unsigned *sq_head, *sq_tail, *sq_array, *cq_head, *cq_tail, sq_mask, cq_mask, pending;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static struct io_uring_buf_ring *provided;
static unsigned short provided_tail;
static char buffer[BUFFERS][BUFFER_SIZE];
static struct iovec vector[BUFFERS];
static struct msghdr reply[BUFFERS], form = { .msg_namelen = sizeof(struct sockaddr_in) };

static int fail(const char *call)
{
    perror(call);
    return 1;
}

static int bind_to(const char *address)
{
    struct sockaddr_in local = { .sin_family = AF_INET };
    socklen_t size = sizeof local;
    int bytes = KERNEL_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || inet_pton(AF_INET, address, &local.sin_addr) != 1) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (bind(fd, (struct sockaddr *)&local, sizeof local) || getsockname(fd, (struct sockaddr *)&local, &size)) return -1;
    printf("{\"port\":%d,\"trust\":\"\"}\n", ntohs(local.sin_port));
    fflush(stdout);
    return fd;
}

static void *map(size_t size, off_t what)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
}

static int set_up(int fd)
{
    struct io_uring_params p = { .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE, .cq_entries = 4 * ENTRIES };
    ring = syscall(__NR_io_uring_setup, ENTRIES, &p);
    if (ring < 0) return -1;
    char *sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    char *cq = map(p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    sqes = map(p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    if (sq == MAP_FAILED || cq == MAP_FAILED || sqes == MAP_FAILED) return -1;
    sq_head = (unsigned *)(sq + p.sq_off.head), sq_tail = (unsigned *)(sq + p.sq_off.tail), sq_array = (unsigned *)(sq + p.sq_off.array);
    cq_head = (unsigned *)(cq + p.cq_off.head), cq_tail = (unsigned *)(cq + p.cq_off.tail), cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
    sq_mask = p.sq_entries - 1, cq_mask = p.cq_entries - 1;

    provided = mmap(NULL, BUFFERS * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct io_uring_buf_reg reg = { .ring_addr = (unsigned long)provided, .ring_entries = BUFFERS, .bgid = GROUP };
    if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_PBUF_RING, &reg, 1)) return -1;
    return syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &fd, FILES);
}

static struct io_uring_sqe *next_request(void)
{
    unsigned at = (*sq_tail + pending++) & sq_mask;
    sq_array[at] = at;
    return memset(&sqes[at], 0, sizeof sqes[at]);
}

static void receive(void)
{
    *next_request() = (struct io_uring_sqe){ .opcode = IORING_OP_RECVMSG, .flags = IOSQE_BUFFER_SELECT | IOSQE_FIXED_FILE,
        .ioprio = IORING_RECV_MULTISHOT, .addr = (unsigned long)&form, .buf_group = GROUP, .user_data = RECEIVED };
}

static void watch_input(void)
{
    *next_request() = (struct io_uring_sqe){ .opcode = IORING_OP_POLL_ADD, .fd = STDIN_FILENO, .poll32_events = POLLIN, .user_data = INPUT };
}

static void give_back(unsigned short id)
{
    struct io_uring_buf *slot = &provided->bufs[provided_tail++ & (BUFFERS - 1)];
    slot->addr = (unsigned long)buffer[id], slot->len = BUFFER_SIZE, slot->bid = id;
}

/* What lies in a buffer: io_uring_recvmsg_out, the address, the payload. It never waits, so it is sent when the submission returns. */
static void answer(unsigned short id)
{
    struct io_uring_recvmsg_out *out = (struct io_uring_recvmsg_out *)buffer[id];
    char *name = (char *)(out + 1);
    vector[id] = (struct iovec){ .iov_base = name + form.msg_namelen, .iov_len = out->payloadlen };
    reply[id] = (struct msghdr){ .msg_name = name, .msg_namelen = out->namelen, .msg_iov = &vector[id], .msg_iovlen = 1 };
    *next_request() = (struct io_uring_sqe){ .opcode = IORING_OP_SENDMSG, .flags = IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS,
        .addr = (unsigned long)&reply[id], .msg_flags = MSG_DONTWAIT, .user_data = SENT };
}

static int enter(unsigned wait_for)
{
    __atomic_store_n(sq_tail, *sq_tail + pending, __ATOMIC_RELEASE);
    int taken = syscall(__NR_io_uring_enter, ring, pending, wait_for, IORING_ENTER_GETEVENTS, NULL, 0);
    if (taken < 0 && errno != EINTR) return -1;
    pending = 0;
    return 0;
}

int main(int count, char **arguments)
{
    int fd = bind_to(count > 1 ? arguments[1] : "127.0.0.1");
    if (fd < 0) return fail("bind");
    if (set_up(fd)) return fail("io_uring");
    for (int i = 0; i < BUFFERS; i++) give_back(i);
    __atomic_store_n(&provided->tail, provided_tail, __ATOMIC_RELEASE);
    receive();
    watch_input();
    unsigned short used[ENTRIES];
    int answered = 0;
    for (;;) {
        /* Sends the answers of the round before and waits for the next one; the buffers of the answers are free when it returns. */
        if (enter(1)) return fail("io_uring_enter");
        for (; answered > 0; answered--) give_back(used[answered - 1]);
        __atomic_store_n(&provided->tail, provided_tail, __ATOMIC_RELEASE);
        unsigned head = *cq_head, tail = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE);
        for (; head != tail && answered < ENTRIES - 2; head++) {
            struct io_uring_cqe *done = &cqes[head & cq_mask];
            if (done->user_data == INPUT) return 0;
            if (done->user_data != RECEIVED) continue;
            if (!(done->flags & IORING_CQE_F_MORE)) receive();
            if (done->res >= 0) answer(used[answered++] = done->flags >> IORING_CQE_BUFFER_SHIFT);
        }
        __atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
    }
}
