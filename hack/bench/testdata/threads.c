// Threads that allocate, each for itself and for the next one: blocks of the sizes that
// programs ask for, some of which another thread frees.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 64, SLOTS = 256 };

static void *slots[THREADS][SLOTS];
static pthread_mutex_t locks[THREADS];
static long rounds;

static void *work(void *arg) {
	int me = (int)(intptr_t)arg, next = me;
	uint32_t x = 2463534242u + (uint32_t)me;
	void *own[SLOTS] = {0};
	for (long i = 0; i < rounds; i++) {
		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		size_t size = 16 + x % 500;
		int at = x >> 24;
		free(own[at]);
		own[at] = malloc(size);
		memset(own[at], me, 16);
		if (x % 32 == 0) { // hand a block to another thread
			next = (next + 1) % THREADS;
			pthread_mutex_lock(&locks[next]);
			void *other = slots[next][at];
			slots[next][at] = own[at];
			pthread_mutex_unlock(&locks[next]);
			own[at] = other;
		}
	}
	for (int i = 0; i < SLOTS; i++) free(own[i]);
	return 0;
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 8;
	rounds = (argc > 2 ? atol(argv[2]) : 8000000) / threads;
	if (threads < 1 || threads > THREADS) return 2;
	pthread_t t[THREADS];
	for (int i = 0; i < THREADS; i++) pthread_mutex_init(&locks[i], 0);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&t[i], 0, work, (void *)(intptr_t)i)) return 1;
	for (int i = 0; i < threads; i++) pthread_join(t[i], 0);
	printf("%d threads, %ld blocks\n", threads, rounds * threads);
	return 0;
}
