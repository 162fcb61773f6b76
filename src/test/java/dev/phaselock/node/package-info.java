/**
 * Tests on a whole Kubernetes with a real node: the image, the chart, and real pods. They need root and are run by {@code
 * ./phaselock test --node} only.
 */
@NullMarked
package dev.phaselock.node;

import org.jspecify.annotations.NullMarked;
