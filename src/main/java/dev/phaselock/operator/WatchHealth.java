package dev.phaselock.operator;

import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/**
 * Whether the operator sees what happens. One that stands by, because another holds the Lease, sees it too, so that it
 * can go on at once.
 *
 * <p>Without a watch (the API server is away, or does not let it watch any more) it is not ready: what it knows is old. A
 * restart would not help, and the watch comes back by itself, so it lives. Where an informer has ended for good, only a
 * restart helps.
 */
final class WatchHealth {
    private final Map<String, List<InformerHealthIndicator>> informers;

    /** @param informers by the name of their event source */
    WatchHealth(Map<String, List<InformerHealthIndicator>> informers) {
        this.informers = new TreeMap<>(informers);
    }

    static WatchHealth of(Operator operator) {
        Map<String, List<InformerHealthIndicator>> informers = new TreeMap<>();
        if (operator.getRuntimeInfo().isStarted()) {
            for (RegisteredController<?> controller : operator.getRuntimeInfo().getRegisteredControllers()) {
                controller
                        .getControllerHealthInfo()
                        .informerEventSourceHealthIndicators()
                        .forEach((name, source) -> informers.put(name, indicators(source)));
            }
        }
        return new WatchHealth(informers);
    }

    private static List<InformerHealthIndicator> indicators(InformerWrappingEventSourceHealthIndicator<?> source) {
        return List.copyOf(source.informerHealthIndicators().values());
    }

    /** Up while all that matters is watched; not before the operator has started. */
    HealthCheckResponse readiness() {
        HealthCheckResponseBuilder response =
                response("Phaselock watches", InformerHealthIndicator::isWatching, "watching", "not watching");
        return informers.isEmpty() ? response.down().build() : response.build();
    }

    /** Down when an informer has ended. */
    HealthCheckResponse liveness() {
        return response("Phaselock's informers", InformerHealthIndicator::isRunning, "running", "ended")
                .build();
    }

    private HealthCheckResponseBuilder response(
            String name, Predicate<InformerHealthIndicator> good, String yes, String no) {
        HealthCheckResponseBuilder response = HealthCheckResponse.named(name).up();
        informers.forEach((source, indicators) -> {
            boolean all = indicators.stream().allMatch(good);
            response.withData(source, all ? yes : no);
            if (!all) {
                response.down();
            }
        });
        return response;
    }
}
