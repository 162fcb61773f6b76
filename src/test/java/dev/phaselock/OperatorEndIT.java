package dev.phaselock;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import dev.phaselock.e2e.Installation;
import dev.phaselock.local.TestOperator;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The operator's process, as it is delivered, when it has to end. */
class OperatorEndIT {
    private static final String LEASE = "phaselock-operator";

    private final TestOperator operator = Installation.get().operator();

    @AfterEach
    void startAgain() throws Exception {
        if (!operator.runs()) {
            operator.start();
        }
    }

    @Test
    void anOperatorThatIsAskedToEndDoesSoAtOnce() throws Exception {
        operator.askToEnd();
        await().atMost(15, SECONDS).until(() -> !operator.runs());
    }

    @Test
    void anOperatorThatLostItsLeaseEnds() {
        ZonedDateTime renewed = lease().get().getSpec().getRenewTime();
        await("it has the lease")
                .atMost(60, SECONDS)
                .until(() -> lease().get().getSpec().getRenewTime().isAfter(renewed));
        lease().edit(lease -> {
            lease.getSpec().setHolderIdentity("another");
            return lease;
        });
        await().atMost(60, SECONDS).until(() -> !operator.runs());
    }

    private static Resource<Lease> lease() {
        return Installation.get()
                .client()
                .leases()
                .inNamespace(TestOperator.NAMESPACE)
                .withName(LEASE);
    }
}
