package dev.phaselock.run;

import dev.phaselock.api.Verified;
import dev.phaselock.plan.Step.ViolationQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of blocks of some tables that several workers look through, in order, and how far they are. Safe for use by
 * several threads.
 */
final class BlockRanges {
    private final List<Range> all = new ArrayList<>();
    private final TreeSet<Integer> unfinished = new TreeSet<>();
    private int next;
    private int finished;

    /**
     * @param number its place among all
     * @param to the first block behind it
     * @param last whether the table ends here: it may have grown, so this one has no end
     */
    record Range(int number, ViolationQuery query, long from, long to, boolean last) {}

    /**
     * Adds the ranges of one table.
     *
     * @param blocks of the table
     */
    void add(ViolationQuery query, long blocks, long blocksPerRange) {
        for (long from = 0; from <= blocks; from += blocksPerRange) {
            all.add(new Range(all.size(), query, from, from + blocksPerRange, from + blocksPerRange > blocks));
        }
    }

    /** Leaves out what an earlier search has looked through; nothing, where its table is not among these any more. */
    synchronized void goOnAt(@Nullable Verified verified) {
        if (verified == null) {
            return;
        }
        all.stream()
                .filter(range -> range.query().tableName().toString().equals(verified.table()))
                .filter(range -> range.last() || range.to() > verified.block())
                .findFirst()
                .ifPresent(range -> {
                    next = range.number();
                    finished = next;
                });
    }

    synchronized Optional<Range> next() {
        if (next == all.size()) {
            return Optional.empty();
        }
        Range range = all.get(next++);
        unfinished.add(range.number());
        return Optional.of(range);
    }

    synchronized void done(Range range) {
        unfinished.remove(range.number());
        finished++;
    }

    synchronized void stop() {
        next = all.size();
    }

    int size() {
        return all.size();
    }

    synchronized int percent() {
        return all.isEmpty() ? 100 : 100 * finished / all.size();
    }

    /** Before which block of which table all was looked through; null at the beginning and at the end. */
    synchronized @Nullable Verified verified() {
        int first = unfinished.isEmpty() ? next : unfinished.first();
        if (first == 0 || first == all.size()) {
            return null;
        }
        Range range = all.get(first);
        return new Verified(range.query().tableName().toString(), range.from());
    }
}
