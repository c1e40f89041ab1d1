/*
 * One session, two gateway nodes, a client that comes and goes, leases that run out, hints that are lost.
 *
 * Claims. A close never suspends what a newer connection holds. Once everything is quiet: a client that stayed is
 * held by exactly one node, which the record names and which the topics know as the place where the session is live; a
 * session whose client left for good is expired. So nothing is owned twice, and nothing stays unowned forever.
 *
 *   stands for                                              here
 *   session/lua/{open,resume,suspend,expire}.lua            resume(), suspend(), reap(), Sweep: one atomic step each
 *   SessionBinder.bind                                      Node, `dial`: script first, then the connection is bound
 *   SessionBinder.suspend, `unsaved`, retry                 toSuspend: a close reaches Redis late, once there is room
 *   TopicHints.session 'taken', lossy                       taken
 *   ConnectionSweep.verify                                  Node, comparing what it holds with the record now and then
 *   an answer of resume.lua that is lost                    lossesLeft: the script ran, and nobody here learns of it
 *   NodeLease, SessionSweep.reap, reclaimAll                lease, Sweep, Node
 *   subscribe.lua and offline.lua on `T:live`               liveAt: on another connection, hence any time later
 *
 * Left out: other users' sessions, the operator's end (an expiry without a deadline), marks, and a dial that its client has given
 * up before the node reads it (resume.lua refuses that one where a newer connection has the session; test/e2e/fencing.spec.ts).
 *
 *   NO_GENERATION   suspend compares the node only
 *   LIVE_BY_NODE    offline compares the node only, not the generation that was live
 *   NO_REAPER       nobody looks for nodes whose lease is over
 *   NO_VERIFY       a node never compares what it holds with the record
 *   VERIFY_GENERATION_ONLY   it compares generations, but does not look whether the session was suspended behind its back
 *   NO_ADOPT        a node takes a newer generation for another's, though the record names it
 *   NO_LEFTOVERS    a node does not look for sessions that the record says it holds and it does not
 */
#ifndef DIALS
#define DIALS 2
#endif
#ifndef LOSSES
#define LOSSES 0
#endif
#ifdef VERIFY_GENERATION_ONLY
#define BEHIND_BACK false
#else
#define BEHIND_BACK state == suspended
#endif
#define NODES 2
#define NOBODY 9
mtype = { open, suspended, expired };

mtype state = suspended;
byte node = NOBODY, gen;                           /* the session's record */
byte liveAt = NOBODY, liveGen;                     /* T:live of its topics */
byte socketAt = NOBODY;                            /* where the client believes to be connected */
bool leaving, stays, alive[NODES] = true, lease[NODES] = true;
byte mine[NODES];                                  /* generation of the connection that the node holds, 0 none */
byte troubles = 1, lossesLeft = LOSSES, dials;

chan dial[NODES] = [1] of { bool };
chan taken[NODES] = [1] of { byte };
chan toSuspend[NODES] = [2] of { byte };
chan toLive[NODES] = [2] of { byte };
chan toOffline[NODES] = [2] of { byte };

inline resume(N) { gen++; node = N; state = open }

/* Tells the other node; a hint may be lost. */
inline tell(N) {
  if
  :: nfull(taken[1 - N]) -> taken[1 - N] ! gen
  :: skip
  fi
}

inline letGo() { mine[n] = 0; if :: socketAt == n -> socketAt = NOBODY :: else fi }

#ifdef NO_ADOPT
#define IS_OWN false
#else
#define IS_OWN (node == n)
#endif

/* Resumes under the generation that it had, if nobody but this node itself came between. */
inline takeBack() {
  if
  :: mine[n] > 0 && state != expired && (gen == mine[n] || state == suspended && IS_OWN) -> resume(n);
      if
      :: mine[n] = gen; toLive[n] ! gen
      :: lossesLeft > 0 -> lossesLeft--
      fi
  :: mine[n] > 0 && state == open && gen != mine[n] && IS_OWN -> mine[n] = gen; toLive[n] ! gen
  :: mine[n] > 0 && (state == expired || gen != mine[n] && !IS_OWN) -> assert(state == expired || node != n); letGo()
  :: else
  fi
}

proctype Node(byte n) {
  byte g;
end:
  do
  :: atomic { alive[n] && nfull(toLive[n]) && nempty(dial[n]) -> dial[n] ? _;
      if
      :: state != expired -> resume(n); g = gen; tell(n)
      :: state != expired && lossesLeft > 0 -> lossesLeft--; resume(n); g = 0
      :: else -> g = 0
      fi };
    atomic {
      if                                           /* the hint of a newer one may have come before this was bound */
      :: !alive[n] || g == 0 -> if :: socketAt == n -> socketAt = NOBODY :: else fi
      :: else -> mine[n] = g; toLive[n] ! g
      fi;
      g = 0 }
  :: atomic { alive[n] && mine[n] > 0 && socketAt != n && nfull(toSuspend[n]) -> toSuspend[n] ! mine[n]; mine[n] = 0 }
  :: atomic { alive[n] && nempty(taken[n]) -> taken[n] ? g; if :: mine[n] < g -> letGo() :: else fi; g = 0 }
  :: atomic { alive[n] && !lease[n] && nfull(toLive[n]) -> lease[n] = true;        /* the renewal finds that the lease was gone, */
      if
      :: takeBack()
      :: skip                                      /* unless its answer is lost */
      fi }
#ifndef NO_VERIFY
  :: atomic { alive[n] && mine[n] > 0 && (gen > mine[n] || state == expired || BEHIND_BACK) && lease[n] && nfull(toLive[n]) -> takeBack() }
#endif
#ifndef NO_LEFTOVERS
  :: atomic { alive[n] && mine[n] == 0 && state == open && node == n && lease[n] && nfull(toSuspend[n]) -> toSuspend[n] ! gen }
#endif
  od
}

#define late() assert(mine[n] != gen)              /* a close must not take from a newer connection what it holds */

/* What a node has sent to Redis and what Redis has not executed yet, on the connections of the facts and of the commits. */
proctype Facts(byte n) {
  byte g;
end:
  do
  :: atomic { nempty(toSuspend[n]) && nfull(toOffline[n]) -> toSuspend[n] ? g;
      if
#ifdef NO_GENERATION
      :: state == open && node == n -> late(); state = suspended; toOffline[n] ! g
#else
      :: state == open && node == n && gen == g -> late(); state = suspended; toOffline[n] ! g
#endif
      :: else
      fi;
      g = 0 }
  :: atomic { nempty(toOffline[n]) -> toOffline[n] ? g;
      if
#ifdef LIVE_BY_NODE
      :: liveAt == n -> liveAt = NOBODY; liveGen = 0
#else
      :: liveAt == n && liveGen <= g -> liveAt = NOBODY; liveGen = 0
#endif
      :: else
      fi;
      g = 0 }
  od
}

proctype Commits(byte n) {
  byte g;
end:
  do
  :: atomic { nempty(toLive[n]) -> toLive[n] ? g; if :: g > liveGen -> liveAt = n; liveGen = g :: else fi; g = 0 }
  od
}

proctype Sweep() {
end:
  do
#ifndef NO_REAPER
  :: atomic { state == open && !lease[node] && nfull(toOffline[node]) -> state = suspended; toOffline[node] ! gen }
#endif
  /* The deadline is minutes away: it passes only while nobody is dialling. */
  :: atomic { state == suspended && socketAt == NOBODY && empty(dial[0]) && empty(dial[1]) && leaving -> state = expired }
  od
}

/* A node stops past its lease and goes on, or dies. What a dead one had sent may still arrive. */
proctype Trouble() {
end:
  do
  :: atomic { troubles > 0 -> troubles--; lease[0] = false }
  :: atomic { troubles > 0 -> troubles--; alive[1] = false; lease[1] = false; mine[1] = 0;
      if :: nempty(dial[1]) -> dial[1] ? _ :: else fi;
      if :: socketAt == 1 -> socketAt = NOBODY :: else fi }
  od
}

/* In the end it stays at node 0, or leaves for good. One that was sent away dials again, as a reload of its page would. */
proctype Client() {
end:
  do
  :: atomic { dials < DIALS && empty(dial[0]) && empty(dial[1]) -> dials++;
      if
      :: socketAt = 0; dial[0] ! true
      :: alive[1] -> socketAt = 1; dial[1] ! true
      fi }
  :: atomic { dials < DIALS && socketAt != NOBODY -> socketAt = NOBODY }            /* the link is cut */
  :: atomic { dials == DIALS && socketAt == NOBODY && state != expired && empty(dial[0]) && !leaving -> socketAt = 0; dial[0] ! true }
  :: atomic { dials == DIALS && !stays && !leaving && socketAt != NOBODY -> leaving = true; socketAt = NOBODY }
  od
}

init {
  atomic {
    if :: stays = true :: skip fi;
    run Node(0); run Node(1); run Facts(0); run Facts(1); run Commits(0); run Commits(1);
    run Sweep(); run Trouble(); run Client()
  };
  timeout;
  if
  :: leaving -> assert(state == expired && mine[0] == 0 && mine[1] == 0)
  :: !leaving && socketAt != NOBODY ->
      assert(state == open && node == socketAt && mine[socketAt] == gen && mine[1 - socketAt] == 0);
      assert(liveAt == socketAt)
  :: else -> assert(false)
  fi
}
