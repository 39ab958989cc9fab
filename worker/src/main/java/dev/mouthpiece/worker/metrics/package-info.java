/**
 * What the process measures, as Prometheus reads it; knows no other room. Those who have numbers hand over functions that
 * read them: they are called by the thread that scrapes, and by nobody else.
 */
@NullMarked
package dev.mouthpiece.worker.metrics;

import org.jspecify.annotations.NullMarked;
