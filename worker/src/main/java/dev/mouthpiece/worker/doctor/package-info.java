/**
 * Looks over what a worker needs on this machine, and says of each thing whether it is as it must be and, where not, what to do. Each look is the real thing: libraries
 * are loaded, models computed, ports bound, the database asked. One thread, the command's; it changes nothing but the caches.
 */
@NullMarked
package dev.mouthpiece.worker.doctor;

import org.jspecify.annotations.NullMarked;
