package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.RequestException;
import io.javalin.http.Context;

/** How one API talks: its routes, and how it says that something is wrong. */
interface Shape {
    /** Adds its routes. */
    void mount(Routes routes);

    /** Says why a request is refused. The status and the headers it sets itself. */
    void refuse(Context context, RequestException e);
}
