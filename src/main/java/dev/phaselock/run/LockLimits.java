package dev.phaselock.run;

import java.time.Duration;

/**
 * How patient lock acquisition is, and what writers may feel of it.
 *
 * @param timeout the longest that one try may make writers wait
 * @param budget the most that the tries to come may make writers wait together; after that only the shortest tries are
 *     made
 * @param deadline how long may be waited from now on
 */
record LockLimits(Duration timeout, Duration budget, Duration deadline) {}
