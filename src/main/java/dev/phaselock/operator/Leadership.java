package dev.phaselock.operator;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;

/** Whether this operator is the one that works: it holds the Lease, or there is none to hold. */
final class Leadership {
    private volatile boolean leading;

    /** @param leading what holds until the callbacks say something else */
    Leadership(boolean leading) {
        this.leading = leading;
    }

    boolean leading() {
        return leading;
    }

    /** @param lost what whoever has no lease any more does */
    LeaderCallbacks callbacks(Runnable lost) {
        return new LeaderCallbacks(
                () -> leading = true,
                () -> {
                    leading = false;
                    lost.run();
                },
                _ -> {});
    }
}
