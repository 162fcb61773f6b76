/**
 * What runs on a person's own machine to try Phaselock and to test it, and never in a cluster: a real PostgreSQL server,
 * started as an ordinary process from the binaries that {@code io.zonky.test.postgres} publishes, and a real Kubernetes
 * control plane ({@link dev.phaselock.local.ControlPlane}) with a process that stands in for a node ({@link
 * dev.phaselock.local.StandInNode}): it runs the containers of pods as processes of this user, isolated from nothing.
 */
@NullMarked
package dev.phaselock.local;

import org.jspecify.annotations.NullMarked;
