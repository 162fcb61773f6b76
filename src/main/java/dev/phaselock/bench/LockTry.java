package dev.phaselock.bench;

import java.time.Duration;

/**
 * One try of a policy.
 *
 * @param lockTimeout its {@code lock_timeout}; zero for none
 * @param pause what it rests after the try has failed
 */
record LockTry(Duration lockTimeout, Duration pause) {
    static LockTry of(long lockTimeoutMillis, long pauseMillis) {
        return new LockTry(Duration.ofMillis(lockTimeoutMillis), Duration.ofMillis(pauseMillis));
    }
}
