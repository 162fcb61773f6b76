package dev.phaselock.operator;

import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.prometheus.client.CollectorRegistry;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.jspecify.annotations.Nullable;

/** The operator's configuration ({@code phaselock.*}) for those who need it. */
public final class OperatorBeans {
    private static final String LEASE = "phaselock-operator";

    /** Twice the usual, for machines that are busy. */
    private static final Duration LEASE_DURATION = Duration.ofSeconds(30);

    private static final Duration RENEW_DEADLINE = Duration.ofSeconds(20);
    private static final Duration RETRY_PERIOD = Duration.ofSeconds(4);

    @Produces
    @Singleton
    OperatorSettings settings(
            @ConfigProperty(name = "phaselock.image") String image,
            @ConfigProperty(name = "phaselock.max-running-phases") int maxRunningPhases,
            @ConfigProperty(name = "phaselock.max-running-phases-per-database") int maxRunningPhasesPerDatabase,
            @ConfigProperty(name = "phaselock.job-time-to-live") Duration jobTimeToLive) {
        return new OperatorSettings(image, maxRunningPhases, maxRunningPhasesPerDatabase, jobTimeToLive);
    }

    @Produces
    @Singleton
    Leadership leadership(@ConfigProperty(name = "phaselock.leader-election.enabled") boolean elected) {
        return new Leadership(!elected);
    }

    /** The one that /q/metrics shows. */
    @Produces
    @Singleton
    CollectorRegistry metrics(SchemaChangeReconciler reconciler, Leadership leadership) {
        var registry = new CollectorRegistry(true);
        registry.register(new ChangeMetrics(reconciler::changes, reconciler::jobs, leadership, Clock.systemUTC()));
        return registry;
    }

    /** Quarkus's own check is content with an informer that has filled its cache once. */
    @Produces
    @Singleton
    @Readiness
    HealthCheck watches(Operator operator) {
        return () -> WatchHealth.of(operator).readiness();
    }

    @Produces
    @Singleton
    @Liveness
    HealthCheck informers(Operator operator) {
        return () -> WatchHealth.of(operator).liveness();
    }

    /** Null when it is switched off. */
    @Produces
    @Singleton
    @SuppressWarnings("deprecation") // the builder cannot say all of it
    @Nullable
    LeaderElectionConfiguration leaderElection(
            @ConfigProperty(name = "phaselock.leader-election.enabled") boolean enabled,
            @ConfigProperty(name = "phaselock.leader-election.namespace") Optional<String> namespace,
            Leadership leadership) {
        if (!enabled) {
            return null;
        }
        return new LeaderElectionConfiguration(
                LEASE,
                namespace.orElse(null),
                LEASE_DURATION,
                RENEW_DEADLINE,
                RETRY_PERIOD,
                null,
                leadership.callbacks(OperatorBeans::end),
                false);
    }

    /**
     * Whoever has no lease any more ends, so that never two work at once. The lease is given back on the way of an
     * ordinary end, too, and the JVM would wait there for ever for a thread of its own that asks it to end: therefore another
     * one asks, and not the framework.
     */
    private static void end() {
        Thread.ofPlatform().daemon().name("no-lease").start(() -> System.exit(1));
    }
}
