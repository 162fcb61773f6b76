package dev.phaselock.bench;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The writes of one session. Numbers in one array: an object for each write would make the collector pause the writers
 * that are measured. Written by one thread, read once that has ended.
 */
final class WriteLog {
    private long[] numbers = new long[1 << 16];
    private int size;

    void add(long startedAt, long nanos) {
        if (size == numbers.length) {
            numbers = Arrays.copyOf(numbers, size * 2);
        }
        numbers[size++] = startedAt;
        numbers[size++] = nanos;
    }

    Stream<Write> writes() {
        return IntStream.range(0, size / 2).mapToObj(i -> new Write(numbers[2 * i], numbers[2 * i + 1]));
    }
}
