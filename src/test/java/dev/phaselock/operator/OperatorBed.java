package dev.phaselock.operator;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The real operator, in this JVM, on a {@link ClusterBed}. */
abstract class OperatorBed extends ClusterBed {
    static OperatorUnderTest operator;

    @BeforeAll
    static void startOperator() throws Exception {
        operator = OperatorUnderTest.start(cluster.controlPlane(), client, 3, 2);
    }

    @AfterAll
    static void stopOperator() {
        operator.close();
    }

    static void restart() {
        operator.close();
        try {
            startOperator();
        } catch (Exception e) {
            throw new AssertionError("the operator does not start again", e);
        }
    }
}
