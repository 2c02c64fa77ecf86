//! Tests of the whole without sockets.
