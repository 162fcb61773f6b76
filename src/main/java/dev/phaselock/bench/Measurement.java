package dev.phaselock.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What one policy did in one scenario with one seed: a line of {@code results.jsonl}.
 *
 * @param scenario its key
 * @param policy its key
 * @param seed of the load
 * @param place in the order of the seed's policies, which is shuffled; 1 for the first
 * @param server its version
 * @param ending how the policy ended
 * @param windowMillis from the policy's beginning to a second after its end: the writes of that time count
 * @param writes how many there were
 * @param medianWriteMillis the median of what they took
 * @param p999WriteMillis what one in a thousand exceeds
 * @param longestWriteMillis the longest
 * @param overTwentyMillis what all writes took above 20 ms, added up
 * @param attributed the waits for the policy's own sessions
 * @param failures writes that failed, by SQLSTATE
 * @param machineLoad the machine's load average of the last minute when it began; negative where it is not to be had
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Measurement(
        String scenario,
        String policy,
        long seed,
        int place,
        String server,
        @JsonUnwrapped Ending ending,
        double windowMillis,
        int writes,
        double medianWriteMillis,
        double p999WriteMillis,
        double longestWriteMillis,
        double overTwentyMillis,
        AttributedWaits.Seen attributed,
        Map<String, Integer> failures,
        double machineLoad) {

    /** What the writers felt. */
    record Felt(int writes, double medianMillis, double p999Millis, double longestMillis, double overTwentyMillis) {
        /** @param writes those of a window */
        static Felt of(Collection<Write> writes) {
            List<Double> millis = writes.stream().map(Write::millis).toList();
            if (millis.isEmpty()) {
                return new Felt(0, 0, 0, 0, 0);
            }
            return new Felt(
                    millis.size(),
                    Statistics.of(millis).median(),
                    Statistics.percentile(millis, 0.999),
                    Statistics.of(millis).most(),
                    writes.stream()
                                    .mapToLong(write -> Math.max(0, write.nanos() - Write.UNNOTICED_NANOS))
                                    .sum()
                            / 1e6);
        }
    }
}
