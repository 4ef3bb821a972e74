//! What the proxy knows of its control connections.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use crate::control_connection::{Connection, Seen, Stage};
use crate::control_event::Event;
use crate::socket_path::Listener;

/// Connections, and the events that nobody has taken yet.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Where processes connect.
    pub listener: Option<Listener>,
    /// By the number that names them.
    pub connections: HashMap<u32, Connection>,
    /// In the order in which they happened.
    pub events: VecDeque<Event>,
    /// No new connections before this moment: there were no file descriptors left.
    pub accept_after: Option<Instant>,
    /// Whether the listener is watched.
    pub accepting: bool,
    /// A thread is in the wait.
    pub waiting: bool,
    /// The server was closed.
    pub closed: bool,
    last_id: u32,
}

impl State {
    /// A number that names no connection, never 0.
    pub(crate) fn free_id(&mut self) -> u32 {
        loop {
            self.last_id = self.last_id.wrapping_add(1) & 0x7fff_ffff;
            if self.last_id != 0 && !self.connections.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }

    /// Connections before their hello.
    pub(crate) fn hellos(&self) -> usize {
        let connections = self.connections.values();
        connections
            .filter(|connection| matches!(connection.stage, Stage::Hello { .. }))
            .count()
    }

    /// Reads what a connection says.
    pub(crate) fn receive(&mut self, id: u32) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        match connection.receive() {
            Seen::Nothing => {}
            Seen::Hello(body) => {
                let (pid, uid) = (connection.pid, connection.uid);
                self.events.push_back(Event::Hello {
                    connection: id,
                    pid,
                    uid,
                    body,
                });
            }
            Seen::Gone => self.gone(id),
        }
    }

    /// Removes a connection, and tells of it if it had been told of.
    pub(crate) fn gone(&mut self, id: u32) {
        if let Some(connection) = self.connections.remove(&id)
            && matches!(connection.stage, Stage::Announced | Stage::Open)
        {
            self.events.push_back(Event::HangUp { connection: id });
        }
    }

    /// Removes the connections whose deadline has passed.
    pub(crate) fn expire(&mut self) {
        let now = Instant::now();
        self.connections
            .retain(|_, connection| connection.deadline().is_none_or(|deadline| deadline > now));
    }
}
