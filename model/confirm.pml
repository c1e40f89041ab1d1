/*
 * A primary and two replicas, a primary that is killed or stopped and comes back, Sentinels that may replace it meanwhile or
 * afterwards, a process that writes and one that takes its place.
 *
 * Claim: whatever was answered 202 is held by the one that is primary in the end.
 *
 *   stands for                                              here
 *   kill -9 and restart; SIGSTOP and SIGCONT                Fault: a new history; the same one
 *   Sentinel: decide, promote, turn the other, demote       Sentinels: decided while the primary is away, carried out at any time
 *   a replica that follows, by a full copy if need be       Replica
 *   ScriptShard.look, Followers.learn                       look
 *   WAIT, Followers.confirms                                Node, `held`
 *   the time after which fewer are enough                   giveUp: assumed to be longer than what it waits for
 *   the key `followers`                                     `memory`, copied with the data
 *   a process that starts                                   Node, once: knows nothing
 *
 *   FORGET      a primary that comes back begins with those that follow it just then
 *   SHORT       it waits for the others no longer than for a replica that has left
 *   NO_MEMORY   a process that starts begins with those that follow just then
 *   ANY         a write waits for one replica, whichever
 *   BEHIND      the primary comes back without what its disk was too slow to take
 *   PATIENT     a supervisor brings a killed primary back only when another was promoted
 */
#ifndef MSGS
#define MSGS 2
#endif
#define NONE 9
#define P 0

byte data[3];                   /* a bit for each write */
byte memory[3];                 /* how many followed, as the data tell */
byte follows[3];                /* whom; NONE for a primary, or where it has not connected again */
byte history[3], former[3];
bool away, decided, promoted, turned;
byte successor = NONE;

byte conn = NONE;               /* the primary that the process is connected to */
byte known, knownBefore;        /* the newest history and the one before */
byte wanted = 1;
bool doubt, looked;
byte accepted, finished;

#define following(WHOM) ((follows[1] == WHOM) + (follows[2] == WHOM) + (follows[P] == WHOM))
#define holding(WHOM, BIT) ((follows[1] == WHOM && (data[1] & BIT)) + (follows[2] == WHOM && (data[2] & BIT)) + (follows[P] == WHOM && (data[P] & BIT)))
#define max(A, B) ((A) > (B) -> (A) : (B))
#define isKnown(H) (H != 0 && (H == known || H == knownBefore))

#ifdef SHORT
#define ruledOut (!promoted || turned)
#else
#define ruledOut (doubt -> (!decided || turned) : (!promoted || turned))
#endif

inline look() {
  if
  :: history[conn] == known -> skip
#ifdef FORGET
  :: history[conn] != known && known != 0 -> wanted = max(1, following(conn)); doubt = false
  :: history[conn] != known && known == 0 ->
#else
  :: history[conn] != known && isKnown(former[conn]) && !isKnown(history[conn]) -> wanted = max(1, following(conn)); doubt = false
  :: history[conn] != known && !(isKnown(former[conn]) && !isKnown(history[conn])) ->
#endif
#ifndef NO_MEMORY
      wanted = max(wanted, memory[conn]);
#endif
      wanted = max(wanted, following(conn)); doubt = following(conn) < wanted
  fi;
#ifdef ANY
  wanted = 1;
#endif
  if :: history[conn] != known -> knownBefore = known; known = history[conn] :: else fi;
  if :: following(conn) >= wanted -> wanted = following(conn); memory[conn] = wanted :: else fi;
  looked = true
}

inline lose() { conn = NONE; looked = false }

proctype Fault() {
  if
  :: d_step { away = true; follows[1] = NONE; follows[2] = NONE; if :: conn == P -> lose() :: else fi };
#ifdef PATIENT
     promoted;
#endif
     d_step { away = false; history[P] = 2; former[P] = 0;
#ifdef BEHIND
       data[P] = 0;
#endif
#ifdef PATIENT
       follows[P] = successor
#endif
     }
  :: d_step { away = true };
     d_step { away = false }
  fi;
  finished++
}

proctype Sentinels() {
  byte other;
  if
  :: atomic { away && !decided -> decided = true };
     if :: successor = 1; other = 2 :: successor = 2; other = 1 fi;
     d_step { former[successor] = history[P]; if :: follows[successor] == NONE && history[P] == 2 && !away -> former[successor] = 1 :: else fi;
       history[successor] = 3; follows[successor] = NONE; promoted = true };
     d_step { follows[other] = successor; turned = true };
     atomic { !away -> follows[P] = successor; history[P] = 9; if :: conn == P -> lose() :: else fi }
  :: finished == 1 && !decided
  fi;
  finished++
}

/* One that has lost the primary comes back to it, unless it was promoted or turned. */
proctype Replica(byte me) {
end:
  do
  :: atomic { me != P && follows[me] == NONE && !away && (me == successor -> !promoted : !turned) ->
       follows[me] = P; data[me] = data[P]; memory[me] = memory[P] }
  :: atomic { follows[me] != NONE && !(follows[me] == P && away) && (data[me] != data[follows[me]] || memory[me] != memory[follows[me]]) ->
       data[me] = data[follows[me]]; memory[me] = memory[follows[me]] }
  od
}

#define bit (1 << n)

proctype Node() {
  byte n;
  bool isFresh = false, isWritten = false;
end:
  do
  :: atomic { conn == NONE && !away && follows[P] == NONE -> conn = P }
  :: atomic { conn == NONE && promoted -> conn = successor }
  :: atomic { conn != NONE && conn != successor && promoted -> lose(); conn = successor; isWritten = false }
  :: atomic { conn != NONE && !(conn == P && away) && !looked -> look() }
  :: atomic { looked && !(conn == P && away) && following(conn) > wanted -> look() }
  :: atomic { looked && following(conn) >= wanted && doubt -> doubt = false }
  :: atomic { looked && following(conn) < wanted && wanted > 1 && ruledOut -> wanted--; memory[conn] = wanted }
  :: atomic { looked && !isFresh -> isFresh = true; lose(); known = 0; knownBefore = 0; wanted = 1; doubt = false; isWritten = false }
  :: atomic { looked && !(conn == P && away) && n < MSGS && !isWritten -> data[conn] = data[conn] | bit; isWritten = true }
  :: atomic { looked && !(conn == P && away) && isWritten && (data[conn] & bit) && holding(conn, bit) >= wanted ->
       accepted = accepted | bit; n++; isWritten = false }
  :: atomic { !looked && isWritten -> isWritten = false }
  :: atomic { isWritten -> n++; isWritten = false }
  od
}

init {
  atomic {
    history[P] = 1; history[1] = 1; history[2] = 1; follows[P] = NONE; follows[1] = P; follows[2] = P; memory[P] = 2; memory[1] = 2; memory[2] = 2;
    run Fault(); run Sentinels(); run Replica(P); run Replica(1); run Replica(2); run Node()
  };
  timeout;
  assert(finished == 2);
  assert((accepted & data[(promoted -> successor : P)]) == accepted)
}
