// SPDX-License-Identifier: BSD-2-Clause
/* File-system work as scripts say, one process for each.
 *
 *   work FOLDER SCRIPT...
 *
 * The n-th script is worked off in FOLDER/wn. A line of it is a letter and words:
 *
 *   c NAME                     create
 *   a NAME LEN NUMBER          append LEN bytes of the record NUMBER
 *   w NAME LEN NUMBER OFFSET   write them in place
 *   t NAME LEN                 truncate
 *   f NAME, d NAME             fsync, fdatasync
 *   r OLD NEW                  rename
 *   u NAME                     unlink
 *   s                          fsync of the folder
 *   k NUMBER                   acknowledge: "ack WORKER NUMBER" on the console
 *
 * script.py makes such scripts, and knows what has to be in the files. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MAX_WRITE 65536
#define PIECE 16

static unsigned worker;
static int console;

static void check(int fine, const char *what)
{
	if (!fine) {
		perror(what);
		exit(1);
	}
}

/* Every 16 bytes tell whose they are: worker, record, place in it. */
static const char *record(unsigned number, size_t len)
{
	static char text[MAX_WRITE + PIECE];

	check(len <= MAX_WRITE, "a record's length");
	for (size_t at = 0; at < len; at += PIECE) {
		snprintf(text + at, PIECE + 1, "%02x%06x%07x\n", worker, number,
			 (unsigned)at);
	}
	return text;
}

static void store(const char *name, int flags, off_t offset, size_t len,
		  unsigned number)
{
	const char *data = record(number, len);
	const int fd = open(name, O_WRONLY | flags);

	check(fd >= 0, name);
	check(lseek(fd, offset, SEEK_SET) >= 0, name);
	while (len != 0) {
		const ssize_t done = write(fd, data, len);

		check(done > 0, name);
		data += done;
		len -= (size_t)done;
	}
	close(fd);
}

static void with_file(const char *name, int flags, int (*call)(int))
{
	const int fd = open(name, flags, 0644);

	check(fd >= 0 && (call == NULL || call(fd) == 0), name);
	close(fd);
}

/* Out before anything else is done. */
static void acknowledge(unsigned number)
{
	char line[32];
	const int len = snprintf(line, sizeof(line), "ack %u %u\n", worker, number);

	check(write(console, line, (size_t)len) == len, "console");
	check(tcdrain(console) == 0, "console");
}

static void step(const char *line)
{
	char op, a[64] = "", b[64] = "";
	unsigned number = 0, offset = 0;

	check(sscanf(line, "%c %63s %63s %u %u", &op, a, b, &number, &offset) >= 1,
	      line);
	switch (op) {
	case 'c':
		with_file(a, O_WRONLY | O_CREAT | O_EXCL, NULL);
		break;
	case 'a':
		store(a, O_APPEND, 0, strtoul(b, NULL, 10), number);
		break;
	case 'w':
		store(a, 0, offset, strtoul(b, NULL, 10), number);
		break;
	case 't':
		check(truncate(a, (off_t)strtoul(b, NULL, 10)) == 0, a);
		break;
	case 'f':
		with_file(a, O_RDONLY, fsync);
		break;
	case 'd':
		with_file(a, O_RDONLY, fdatasync);
		break;
	case 'r':
		check(rename(a, b) == 0, a);
		break;
	case 'u':
		check(unlink(a) == 0, a);
		break;
	case 's':
		with_file(".", O_RDONLY | O_DIRECTORY, fsync);
		break;
	case 'k':
		acknowledge((unsigned)strtoul(a, NULL, 10));
		break;
	default:
		check(0, line);
	}
}

static void work(const char *folder, const char *script)
{
	char line[256];
	FILE *file = fopen(script, "r");

	check(file != NULL, script);
	snprintf(line, sizeof(line), "%s/w%u", folder, worker);
	check(chdir(line) == 0, line);
	while (fgets(line, sizeof(line), file) != NULL) {
		step(line);
	}
	fclose(file);
}

int main(int argc, char **argv)
{
	int status, failed = 0;

	if (argc < 3) {
		fputs("usage: work FOLDER SCRIPT...\n", stderr);
		return 2;
	}
	console = open("/dev/console", O_WRONLY | O_NOCTTY);
	check(console >= 0, "/dev/console");
	for (int i = 2; i < argc; i++, worker++) {
		if (fork() == 0) {
			work(argv[1], argv[i]);
			return 0;
		}
	}
	while (wait(&status) >= 0) {
		failed |= status;
	}
	puts(failed ? "work failed" : "work done");
	return failed != 0;
}
