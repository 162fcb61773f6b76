package dev.phaselock.e2e;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts the changes of a namespace that have a Job at once, from the API server's events. The operator learns that a Job
 * has ended from the same events before it makes that of another change: however the two watches lag, their order is the
 * same.
 */
public final class JobWatch implements AutoCloseable {
    private static final String CHANGE = "phaselock.dev/change-uid";
    private static final String PHASE = "phaselock.dev/phase";

    private final SharedIndexInformer<Job> informer;
    /** Of each Job that runs, its change. */
    private final Map<String, String> running = new HashMap<>();
    /** Likewise, without Preflight, which only looks. */
    private final Map<String, String> runningAsPlanned = new HashMap<>();

    private final Set<String> made = new HashSet<>();
    private int most;
    private int mostAsPlanned;

    public JobWatch(Site site) {
        informer = Installation.get()
                .client()
                .batch()
                .v1()
                .jobs()
                .inNamespace(site.namespace())
                .inform(new Handler());
    }

    /** The most changes that had a Job at once. */
    public synchronized int most() {
        return most;
    }

    /** Likewise, without the Jobs of Preflight. */
    public synchronized int mostAsPlanned() {
        return mostAsPlanned;
    }

    /** The names of all Jobs. */
    public synchronized Set<String> made() {
        return Set.copyOf(made);
    }

    private synchronized void see(Job job) {
        String name = job.getMetadata().getName();
        Map<String, String> labels = job.getMetadata().getLabels();
        made.add(name);
        if (ended(job)) {
            forget(job);
        } else {
            running.put(name, labels.get(CHANGE));
            if (!"preflight".equals(labels.get(PHASE))) {
                runningAsPlanned.put(name, labels.get(CHANGE));
            }
        }
        most = Math.max(most, different(running.values()));
        mostAsPlanned = Math.max(mostAsPlanned, different(runningAsPlanned.values()));
    }

    private synchronized void forget(Job job) {
        running.remove(job.getMetadata().getName());
        runningAsPlanned.remove(job.getMetadata().getName());
    }

    private static int different(Collection<String> changes) {
        return new HashSet<>(changes).size();
    }

    private static boolean ended(Job job) {
        return job.getStatus() != null
                && job.getStatus().getConditions() != null
                && job.getStatus().getConditions().stream()
                        .anyMatch(condition -> List.of("Complete", "Failed").contains(condition.getType())
                                && "True".equals(condition.getStatus()));
    }

    @Override
    public void close() {
        informer.close();
    }

    private final class Handler implements ResourceEventHandler<Job> {
        @Override
        public void onAdd(Job job) {
            see(job);
        }

        @Override
        public void onUpdate(Job old, Job job) {
            see(job);
        }

        @Override
        public void onDelete(Job job, boolean finalStateUnknown) {
            forget(job);
        }
    }
}
