/*
 * One Idempotency-Key, requests with it on two nodes at once, each of which may die at any step; the key's shard and the
 * topic's shard may each fail over and lose their newest writes.
 *
 * Claims. Whoever is answered 202 is told the same id, and the log never holds two ids of the key.
 *
 *   stands for                                              here
 *   claim.lua: SET if absent, else tells who has it         Request, first step (writes again, so that WAIT covers it)
 *   WAIT of the claim before anything is appended           Request, second step
 *   append.lua, idempotent by id, and its WAIT              Request, third and fourth step
 *   a client that had no answer asks again                  Request, `again`
 *
 * Left out: the 24 h after which a key is forgotten; other bodies under the key (422, decided by the same script).
 *
 *   CLAIM_UNCONFIRMED   the append does not wait until replicas hold the claim
 *   BLIND_CLAIM         SET without looking
 */
#define REQUESTS 2
#define TRIES 3

byte claimed, claimHeld;                           /* id that has the key: at the primary, at its replica */
bool logged[REQUESTS * TRIES + 1], logHeld[REQUESTS * TRIES + 1];
byte keyTerm, logTerm, ids, answered;
byte failovers = 2, deaths = 2;

proctype Request() {
  byte mine, id, term, tries;
again:
  atomic { tries < TRIES -> tries++; ids++; mine = ids;
#ifdef BLIND_CLAIM
    claimed = mine;
#else
    if :: claimed == 0 -> claimed = mine :: else fi;
#endif
    id = claimed; term = keyTerm };
#ifndef CLAIM_UNCONFIRMED
  if
  :: atomic { term == keyTerm && claimHeld == id -> skip }
  :: atomic { term != keyTerm && tries < TRIES -> goto again }
  :: atomic { term != keyTerm && tries == TRIES -> goto out }
  :: atomic { deaths > 0 && tries < TRIES -> deaths--; goto again }
  fi;
#endif
  if
  :: atomic { logged[id] = true; term = logTerm;
      if :: answered != 0 -> assert(id == answered) :: else fi }
  :: atomic { deaths > 0 && tries < TRIES -> deaths--; goto again }
  fi;
  if
  :: atomic { term == logTerm && logHeld[id] ->
      assert(answered == 0 || answered == id); answered = id }
  :: atomic { term != logTerm && tries < TRIES -> goto again }
  :: atomic { term != logTerm && tries == TRIES -> goto out }
  :: atomic { deaths > 0 && tries < TRIES -> deaths--; goto again }
  fi;
out: skip
}

#define behind(ID) (logHeld[ID] != logged[ID])
active proctype Replicas() {
  byte i;
end:
  do
  :: atomic { claimHeld != claimed -> claimHeld = claimed }
  :: atomic { behind(1) || behind(2) || behind(3) || behind(4) || behind(5) || behind(6) ->
      for (i : 1 .. REQUESTS * TRIES) { logHeld[i] = logged[i] } i = 0 }
  od
}

active proctype Failovers() {
  byte i;
end:
  do
  :: atomic { failovers > 0 -> failovers--; keyTerm++; claimed = claimHeld }
  :: atomic { failovers > 0 -> failovers--; logTerm++; for (i : 1 .. REQUESTS * TRIES) { logged[i] = logHeld[i] } i = 0 }
  od
}

init {
  byte i, n;
  atomic { run Request(); run Request() };
  timeout;
  for (i : 1 .. REQUESTS * TRIES) { if :: logged[i] -> n++ :: else fi };
  assert(n <= 1)
}
