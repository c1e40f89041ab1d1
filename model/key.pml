/*
 * One Idempotency-Key, requests with it on two nodes at once, each of which may die at any step; the key's shard and the
 * topic's shard may each fail over and lose their newest writes. The two requests have one body, or (BODIES=2) two.
 *
 * Claims. Whoever is answered 202 is told the same id, and the log never holds two ids of the key.
 *
 *   stands for                                              here
 *   claim.lua: SET if absent, else tells who has it         Request, first step (writes again, so that WAIT covers it)
 *   WAIT of the claim before anything is appended           Request, `confirmClaim`
 *   void.lua of an id of which nothing is stored, its WAIT  Request, `take` (where the key is held for another body)
 *   claim.lua again: replaces that id, if it has it still   Request, behind it
 *   append.lua, idempotent by id, refused where it is void  Request, `append`, and its WAIT behind it
 *   a client that had no answer asks again                  Request, `again`
 *
 * Left out: the 24 h after which a key is forgotten; the 5 s for which a claim of which nothing is stored is left alone (here it
 * may be taken over at any time), and the note that it was refused, which only shortens them.
 *
 *   CLAIM_UNCONFIRMED   the append does not wait until replicas hold the claim
 *   BLIND_CLAIM         SET without looking
 *   BODIES=2 NO_VOID            the key goes to another body and nobody tells the log of the former id
 *   BODIES=2 VOID_UNCONFIRMED   ... or does not wait until replicas hold that
 */
#ifndef BODIES
#define BODIES 1
#endif
#define REQUESTS 2
#if BODIES == 2
#define TRIES 2
#else
#define TRIES 3
#endif

byte claimed, claimHeld;                           /* id that has the key: at the primary, at its replica */
bool logged[REQUESTS * TRIES + 1], logHeld[REQUESTS * TRIES + 1];
bool voided[REQUESTS * TRIES + 1], voidHeld[REQUESTS * TRIES + 1];
byte bodyOf[REQUESTS * TRIES + 1];
byte keyTerm, logTerm, ids, answered;
byte failovers = 2, deaths = 2;

proctype Request(byte body) {
  byte mine, id, former, term, tries;
again:
  atomic { tries < TRIES -> tries++; ids++; mine = ids; bodyOf[mine] = body;
#ifdef BLIND_CLAIM
    claimed = mine;
#else
    if :: claimed == 0 -> claimed = mine :: else fi;
#endif
    id = claimed; term = keyTerm;
    if :: bodyOf[id] != body -> former = id; goto take :: else fi };
confirmClaim:
#ifndef CLAIM_UNCONFIRMED
  if
  :: atomic { term == keyTerm && claimHeld == id -> skip }
  :: atomic { term != keyTerm && tries < TRIES -> goto again }
  :: atomic { term != keyTerm && tries == TRIES -> goto out }
  :: atomic { term == keyTerm && claimed != id && claimHeld == claimed -> skip }  /* taken over meanwhile: the WAIT does not tell */
  :: atomic { deaths > 0 && tries < TRIES -> deaths--; goto again }
  fi;
#endif
append:
  if
  :: atomic { voided[id] -> goto out }
  :: atomic { !voided[id] -> logged[id] = true; term = logTerm;
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
  goto out;
take:
#ifndef NO_VOID
  if
  :: atomic { logged[former] -> goto out }                                        /* 422: the key is used */
  :: atomic { !logged[former] -> voided[former] = true; term = logTerm }
  :: atomic { deaths > 0 && tries < TRIES -> deaths--; goto again }
  fi;
#ifndef VOID_UNCONFIRMED
  if
  :: atomic { term == logTerm && voidHeld[former] -> skip }
  :: atomic { term != logTerm && tries < TRIES -> goto again }
  :: atomic { term != logTerm && tries == TRIES -> goto out }
  :: atomic { deaths > 0 && tries < TRIES -> deaths--; goto again }
  fi;
#endif
#endif
  atomic {
    if
    :: claimed == former || claimed == 0 -> claimed = mine
    :: else
    fi;
    id = claimed; term = keyTerm;
    if :: bodyOf[id] != body -> goto out :: else -> goto confirmClaim fi };
out: skip
}

#define behind(ID) (logHeld[ID] != logged[ID] || voidHeld[ID] != voided[ID])
active proctype Replicas() {
  byte i;
end:
  do
  :: atomic { claimHeld != claimed -> claimHeld = claimed }
#if BODIES == 2
  :: atomic { behind(1) || behind(2) || behind(3) || behind(4) ->
#else
  :: atomic { behind(1) || behind(2) || behind(3) || behind(4) || behind(5) || behind(6) ->
#endif
      for (i : 1 .. REQUESTS * TRIES) { logHeld[i] = logged[i]; voidHeld[i] = voided[i] } i = 0 }
  od
}

active proctype Failovers() {
  byte i;
end:
  do
  :: atomic { failovers > 0 -> failovers--; keyTerm++; claimed = claimHeld }
  :: atomic { failovers > 0 -> failovers--; logTerm++;
      for (i : 1 .. REQUESTS * TRIES) { logged[i] = logHeld[i]; voided[i] = voidHeld[i] } i = 0 }
  od
}

init {
  byte i, n;
  atomic { run Request(1); run Request(BODIES) };
  timeout;
  for (i : 1 .. REQUESTS * TRIES) { if :: logged[i] -> n++ :: else fi };
  assert(n <= 1)
}
