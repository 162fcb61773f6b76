package dev.phaselock.e2e;

import dev.phaselock.api.SchemaChange;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * When the last pod and the last change of a namespace ended, as revisions of the cluster's store: there all objects have
 * one count, and a deletion is counted, too.
 */
public final class WatchedEnd implements AutoCloseable {
    private final AtomicLong pod = new AtomicLong();
    private final AtomicLong change = new AtomicLong();
    private final Watch pods;
    private final Watch changes;

    public WatchedEnd(Site site) {
        var client = Installation.get().client();
        pods = client.pods().inNamespace(site.namespace()).watch(new Recorder<Pod>() {
            @Override
            public void eventReceived(Action action, Pod seen) {
                // The first revision that says so: the container runs no more.
                boolean over =
                        Set.of("Succeeded", "Failed").contains(seen.getStatus().getPhase());
                if (over && ended.add(seen.getMetadata().getUid())) {
                    pod.set(revision(seen));
                }
            }
        });
        changes = client.resources(SchemaChange.class)
                .inNamespace(site.namespace())
                .watch(new Recorder<SchemaChange>() {
                    @Override
                    public void eventReceived(Action action, SchemaChange seen) {
                        if (action == Action.DELETED) {
                            change.set(revision(seen));
                        }
                    }
                });
    }

    /** 0 while none has. */
    public long ofLastPod() {
        return pod.get();
    }

    /** 0 while it is there. */
    public long ofChange() {
        return change.get();
    }

    @Override
    public void close() {
        pods.close();
        changes.close();
    }

    private abstract static class Recorder<T extends HasMetadata> implements Watcher<T> {
        final Set<String> ended = java.util.concurrent.ConcurrentHashMap.newKeySet();

        static long revision(HasMetadata seen) {
            return Long.parseLong(seen.getMetadata().getResourceVersion());
        }

        @Override
        public void onClose(WatcherException cause) {
            // What is missing then is missed by the assertions.
        }
    }
}
