package dev.phaselock.run;

import dev.phaselock.plan.PhaseProgress;

/** Is told where a running phase stands, at most a few times a second. Called from several threads. */
@FunctionalInterface
public interface ProgressListener {
    void progress(PhaseProgress progress);
}
