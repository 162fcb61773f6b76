/** The demonstration: a shop with writers at work, a long transaction in the way, and what they feel of a schema change. */
package dev.phaselock.cli.demo;
