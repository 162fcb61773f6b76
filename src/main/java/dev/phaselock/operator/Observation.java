package dev.phaselock.operator;

import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SchemaChangeStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision is made from.
 *
 * @param sql the text of spec.sqlFrom; null without it, and where it is not needed
 * @param retry the value of the retry annotation; null when there is none
 * @param deletedAt when somebody deleted the resource; null when nobody did
 * @param previous the status as it is; null before the first
 * @param jobs the change's Jobs
 * @param strayPod whether a pod of a Job that is gone has not ended
 * @param requestBytes how long the request to a Job would be, in bytes
 * @param obstacle why no Job can be made now, although one is wanted; null when it can, or was not asked
 * @param random from 0 to 1, for the pauses
 */
record Observation(
        String namespace,
        String name,
        String uid,
        long generation,
        SchemaChangeSpec spec,
        @Nullable SqlText sql,
        @Nullable String retry,
        @Nullable Instant deletedAt,
        @Nullable SchemaChangeStatus previous,
        List<ObservedJob> jobs,
        boolean strayPod,
        int requestBytes,
        @Nullable Obstacle obstacle,
        Instant now,
        double random) {

    Observation {
        jobs = List.copyOf(jobs);
    }

    /** Why a Job that is wanted is not there. */
    sealed interface Obstacle {
        /** Too many phases run, or one on the same relation. */
        record NoSlot(String message) implements Obstacle {}

        /** The namespace is being deleted: no Job can be made in it. */
        record NamespaceEnds(String message) implements Obstacle {}

        /** The API server refused the Job. */
        record Rejected(String message) implements Obstacle {}
    }

    Optional<ObservedJob> job(@Nullable String jobName) {
        return jobs.stream().filter(job -> job.name().equals(jobName)).findFirst();
    }

    boolean suspended() {
        return Boolean.TRUE.equals(spec.suspend());
    }

    /** The same, after the attempt to make a Job met an obstacle. */
    Observation with(Obstacle met) {
        return new Observation(
                namespace,
                name,
                uid,
                generation,
                spec,
                sql,
                retry,
                deletedAt,
                previous,
                jobs,
                strayPod,
                requestBytes,
                met,
                now,
                random);
    }
}
