// nginx → libfcgi, answering at once: what a request costs when nothing is done for it.

#include <fcgiapp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { THREADS = 80, BACKLOG = 1024 };

static int listener;

static void *run(void *unused) {
    FCGX_Request fcgi;
    if (FCGX_InitRequest(&fcgi, listener, 0) != 0) exit(1);
    while (FCGX_Accept_r(&fcgi) == 0)
        FCGX_PutS("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", fcgi.out);
    return unused;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: %s --listen SOCKET\n", arguments[0]);
        return 2;
    }
    FCGX_Init();
    umask(0117);
    listener = FCGX_OpenSocket(arguments[2], BACKLOG);
    if (listener < 0) return 1;
    for (int one = 1; one < THREADS; one++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, NULL) != 0) return 1;
    }
    run(NULL);
    return 0;
}
