/**
 * What runs on a person's own machine to try Phaselock and to test it, and never in a cluster: a real PostgreSQL server,
 * started as an ordinary process from the binaries that {@code io.zonky.test.postgres} publishes.
 */
@NullMarked
package dev.phaselock.local;

import org.jspecify.annotations.NullMarked;
