//! Shared memory, marks and control socket of mesh.
//!
//! What belongs here is what TypeScript cannot do: *memory* (mapped segments, the ring in a space), *descriptors*
//! (eventfds, sockets, passing them on), *atomics* (heads, tails, generations, sleeping and waking) and *bytes*
//! (frames are copied whole, and their headers checked on the way). What does not belong here is policy: which
//! process gets a slot, what a frame of some kind means, when something is tried again, how long anybody waits, what
//! is logged. TypeScript decides that, and names what it wants: a slot's index, a time, a path, a prefix. The one
//! exception are three times of threads that TypeScript does not see: how long a connection of the control socket may
//! take to say hello, and the pauses after an accept that failed and before a full backlog is tried again.
//!
//! In reading order: [`layout`] (the one diagram), [`limits`] (every bound), [`word`] and [`space`] (the ring), [`sleep`] (how a side
//! sleeps and is woken), [`mapping`], [`owner`] and [`segment`] (the file), [`eventfd`] and [`slot`] (one end),
//! [`control_message`], [`control`] and [`attach`] (how a process gets its slot), [`poller`] (the fallback mark
//! device), [`listener`] (closing a web process's socket), [`find`] (which servers run), and [`ffi`] (what
//! TypeScript calls).

pub mod attach;
pub mod control;
pub mod control_connection;
pub mod control_event;
pub mod control_message;
pub(crate) mod control_state;
pub mod error;
pub mod eventfd;
pub mod ffi;
pub mod find;
pub(crate) mod frames;
pub mod layout;
pub mod limits;
pub mod listener;
pub mod mapping;
pub mod owner;
pub mod poller;
pub mod registry;
pub mod segment;
pub(crate) mod segment_file;
pub mod segment_header;
pub mod sleep;
pub mod slot;
pub mod socket_path;
pub mod space;
pub mod word;
