/* What the kernel itself asks for a fan-out: accepts N sockets, writes one frame to each of them, several times.
 *
 * epoll_baseline N SIZE ROUNDS prints its port, "ready" when all have come, and for each round the processor time and
 * the wall-clock time of its writes in ns for each socket. The frame is a WebSocket text frame with a ping of eight
 * bytes behind it, SIZE bytes together, as the platform opens a question. In between it confirms the phones' answers
 * (whatever is longer than a pong), so that it finds its sockets as cold as the platform does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PING = 10, HEADER = 4, EVENTS = 512, PONG = 14, RECEIPT = 100 };
static const double SETTLE_S = 1.0, BETWEEN_S = 1.8;

static double now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

/* Confirms answers for so long. */
static void listen_for(int epoll, double seconds)
{
    static char heard[65536];
    static const unsigned char receipt[RECEIPT] = {0x81, RECEIPT - 2};
    struct epoll_event events[EVENTS];
    double until = now(CLOCK_MONOTONIC) + seconds, left;
    while ((left = until - now(CLOCK_MONOTONIC)) > 0) {
        int count = epoll_wait(epoll, events, EVENTS, (int)(left * 1000) + 1);
        for (int i = 0; i < count; i++) {
            ssize_t length = read(events[i].data.fd, heard, sizeof heard);
            if (length == 0)
                exit(0); /* The phones have gone: so has the need. */
            if (length > PONG && write(events[i].data.fd, receipt, sizeof receipt) < 0)
                fail("receipt");
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int n = atoi(argv[1]), size = atoi(argv[2]), rounds = atoi(argv[3]);
    if (n < 1 || size < PING + HEADER + 126 || size > 65535 || rounds < 1)
        return 2;

    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    int door = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 4096) ||
        getsockname(door, (struct sockaddr *)&at, &length))
        fail("listen");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);

    int epoll = epoll_create1(0), one = 1;
    int *phones = calloc(n, sizeof *phones);
    for (int i = 0; i < n; i++) {
        phones[i] = accept4(door, NULL, NULL, SOCK_NONBLOCK);
        if (phones[i] < 0)
            fail("accept");
        setsockopt(phones[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = phones[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, phones[i], &event))
            fail("epoll_ctl");
    }
    printf("ready\n");
    fflush(stdout);

    int payload = size - PING - HEADER;
    unsigned char *frame = malloc(size);
    memset(frame, ' ', size);
    frame[0] = 0x81, frame[1] = 126, frame[2] = payload >> 8, frame[3] = payload & 255;
    frame[size - PING] = 0x89, frame[size - PING + 1] = PING - 2;

    listen_for(epoll, SETTLE_S);
    for (int round = 0; round < rounds; round++) {
        double cpu = now(CLOCK_THREAD_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
        for (int i = 0; i < n; i++)
            if (write(phones[i], frame, size) != size)
                fail("write");
        cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu, wall = now(CLOCK_MONOTONIC) - wall;
        printf("%.0f %.0f\n", cpu / n * 1e9, wall / n * 1e9);
        fflush(stdout);
        listen_for(epoll, BETWEEN_S);
    }
    return 0;
}
