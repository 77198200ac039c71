// Who is where, in SQLite.

const { mkdirSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { DatabaseSync } = require("node:sqlite");

const file = process.env.MERIDIAN_DB ?? join(__dirname, ".data", "meridian.db");
mkdirSync(dirname(file), { recursive: true });
const db = new DatabaseSync(file);
// Two processes may share the file: one waits for the other instead of failing.
db.exec("pragma busy_timeout = 5000");
db.exec(`
  pragma journal_mode = wal;
  create table if not exists users (
    id text primary key, email text not null unique, username text not null unique, name text, school text,
    room_id text, checkin_time text, status text not null default 'free'
  ) strict;
  create table if not exists rooms (id text primary key, occupancy integer not null default 0) strict;
  create table if not exists study_history (
    run_id text primary key, user_id text not null, room_id text not null, checkin_time text not null,
    checkout_time text not null, minutes integer not null, reason text
  ) strict;
  -- A stay ends once: whoever ends it writes its row first.
  create table if not exists checkouts (
    user_id text not null, room_id text not null, checkin_time text not null, run_id text not null,
    primary key (user_id, room_id, checkin_time)
  ) strict, without rowid;
  create table if not exists analytics (room_id text primary key, sessions integer not null, minutes integer not null) strict;
  create table if not exists callbacks (test_id text primary key, message text, received_at text not null) strict;
`);

function createUser(user) {
  db.prepare("insert into users (id, email, username, name, school) values (?, ?, ?, ?, ?)").run(
    user.id,
    user.email,
    user.username,
    user.name ?? null,
    user.school ?? null,
  );
  return findUser(user.id);
}

/** Events come from outside too, with any JSON for an id. */
function findUser(id) {
  if (typeof id !== "string") return undefined;
  return db.prepare("select * from users where id = ?").get(id);
}

function checkIn(userId, roomId, checkinTime) {
  const before = findUser(userId);
  db.prepare("insert into rooms (id) values (?) on conflict do nothing").run(roomId);
  db.prepare("update users set room_id = ?, checkin_time = ?, status = 'studying' where id = ?").run(roomId, checkinTime, userId);
  if (before?.room_id) countRoom(before.room_id);
  return countRoom(roomId);
}

function isCheckedIn(userId, roomId, checkinTime) {
  const user = findUser(userId);
  return user !== undefined && user.room_id === roomId && user.checkin_time === checkinTime;
}

function validateCheckout(userId, roomId) {
  const user = findUser(userId);
  if (user === undefined) return { valid: false, why: "no such user" };
  if (user.room_id !== roomId) return { valid: false, why: `the user is not in ${roomId}` };
  return { valid: true, checkinTime: user.checkin_time };
}

/** Ends a stay, unless another run has; for the run that did it is the same when asked again. */
function leaveRoom({ runId, userId, roomId, checkinTime }) {
  const stay = [userId, roomId, checkinTime];
  db.prepare("insert into checkouts (user_id, room_id, checkin_time, run_id) values (?, ?, ?, ?) on conflict do nothing").run(
    ...stay,
    runId,
  );
  const { run_id } = db.prepare("select run_id from checkouts where user_id = ? and room_id = ? and checkin_time = ?").get(...stay);
  if (run_id !== runId) return { isOurs: false };
  db.prepare("update users set room_id = null where id = ? and room_id = ? and checkin_time = ?").run(...stay);
  return { isOurs: true, count: countRoom(roomId) };
}

function countRoom(roomId) {
  db.prepare("update rooms set occupancy = (select count(*) from users where room_id = rooms.id) where id = ?").run(roomId);
  return db.prepare("select occupancy from rooms where id = ?").get(roomId)?.occupancy ?? 0;
}

function recordHistory({ runId, userId, roomId, checkinTime, checkoutTime, reason }) {
  const minutes = Math.max(0, Math.round((Date.parse(checkoutTime) - Date.parse(checkinTime)) / 60_000));
  db.prepare("insert into study_history values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing").run(
    runId,
    userId,
    roomId,
    checkinTime,
    checkoutTime,
    minutes,
    reason ?? null,
  );
  return { minutes };
}

function setFree(userId, checkinTime) {
  db.prepare("update users set status = 'free', checkin_time = null where id = ? and room_id is null and checkin_time = ?").run(
    userId,
    checkinTime,
  );
}

function updateAnalytics(roomId) {
  db.prepare(
    `insert into analytics (room_id, sessions, minutes)
     select ?, count(*), coalesce(sum(minutes), 0) from study_history where room_id = ?
     on conflict (room_id) do update set sessions = excluded.sessions, minutes = excluded.minutes`,
  ).run(roomId, roomId);
  const { sessions, minutes } = db.prepare("select sessions, minutes from analytics where room_id = ?").get(roomId);
  return { sessions, minutes };
}

function recordCallback({ testId, message }) {
  db.prepare("insert into callbacks (test_id, message, received_at) values (?, ?, ?) on conflict do nothing").run(
    testId,
    message ?? null,
    new Date().toISOString(),
  );
}

function findCallback(testId) {
  return db.prepare("select * from callbacks where test_id = ?").get(testId);
}

function historyOf(userId) {
  return db.prepare("select * from study_history where user_id = ? order by checkout_time").all(userId);
}

module.exports = {
  createUser,
  findUser,
  checkIn,
  isCheckedIn,
  validateCheckout,
  leaveRoom,
  recordHistory,
  setFree,
  updateAnalytics,
  recordCallback,
  findCallback,
  historyOf,
};
