/** What the end-to-end tests stand on: a cluster with the real operator and the real runner, and sites to work on. */
package dev.phaselock.e2e;
