/**
 * How many sessions a device holds, measured: frames a second for each size of batch, then the whole path with speaking
 * sessions until cadence is lost. Admission reads what was measured; the measuring runs on the caller's thread and two of
 * its own, on an otherwise idle process, and blocks for some seconds.
 */
@NullMarked
package dev.mouthpiece.worker.capacity;

import org.jspecify.annotations.NullMarked;
