/*
 * One topic, one gateway, one session, publishers that retry, and failovers that lose the newest writes.
 *
 * Claim: once everything is quiet, the session was sent every notification that was answered 202.
 *
 *   stands for                                              here
 *   append.lua, idempotent by id                            Publisher, first step
 *   WAIT on the connection that wrote                       Publisher, second step: `held` has reached the write
 *   TopicHints.appended: after the confirm, may be lost     Publisher, third step
 *   Hub, TopicFeed, Subscription                            Gateway: `head` (no reader goes past it), `sent`
 *   heads poll: heads.lua, its beat and its confirm         Gateway, last branch
 *   ack frames know their offset only                       fromClient
 *   AckCollector, ack.lua: stored later                     toStore, Acker: an ack may cross a failover
 *   Hub.doubt, renumber.lua                                 CHECK=3; a new epoch, offsets seen are not given away again, and the
 *                                                           gateway begins again at the cursor
 *   prefix loss                                             `held` is a past state of `live`; a failover makes it the present
 *
 * Left out: windows, expiry, the low end of the log, further topics and sessions (they do not touch each other). One replica
 * stands for the most advanced one, which is the one that is promoted. With HINT_FIRST a 202 still waits for the replica:
 * what is lost here was accepted by the new primary or held by it.
 *
 *   HINT_FIRST   hints go out before the confirm (what CONFIRM=local does where replicas are behind)
 *   READ_PAST    the reader goes up to the end of the log instead of the confirmed head
 *   CHECK=0      nothing is compared after a failover
 *         1      the epoch, and the id at the offset (of the gateway's head; of an ack)
 *         2      the epoch, and the append at that offset: the same id appended again is another append
 *         3      as 2, and after a lost connection the gateway takes and reads nothing before it has compared: what Hub does
 *   FAILS, MSGS  how many failovers and notifications
 */
#ifndef CHECK
#define CHECK 0
#endif
#ifndef FAILS
#define FAILS 1
#endif
#ifndef MSGS
#define MSGS 2
#endif
#define SLOTS (2 * MSGS)

/* Slot i holds offset i + 1; id 0 is a placeholder. A `mark` names one append: an id appended twice has two. */
typedef Log { byte id[SLOTS]; byte mark[SLOTS]; byte size; byte cursor; byte epoch; byte seq };
Log live;
Log held;
byte term;                 /* how many failovers: a connection does not outlive its primary */
byte listens;              /* the primary on which the gateway hears hints: another may hear of the failover first */
byte marks, epochs, finished;
bool accepted[MSGS + 1];
bool sentOnce[MSGS + 1];

chan hints = [1] of { byte, byte, byte, byte };            /* epoch, offset, id, mark */
chan fromClient = [2] of { byte };                         /* offset */
chan toStore = [1] of { byte, byte, byte, byte };          /* epoch, offset, id, mark */

#define slot(AT) (AT - 1)
#if CHECK == 0
#define same(AT, ID, MARK) true
#elif CHECK == 1
#define same(AT, ID, MARK) (AT == 0 || (AT <= live.size && live.id[slot(AT)] == ID))
#else
#define same(AT, ID, MARK) (AT == 0 || (AT <= live.size && live.mark[slot(AT)] == MARK))
#endif

#if CHECK >= 2
#define newMark() marks++
#define known(AT) 0, knownOf[AT]
#define know(AT, ID, MARK) knownOf[AT] = MARK
#else
#define newMark() skip
#define known(AT) knownOf[AT], 0
#define know(AT, ID, MARK) knownOf[AT] = ID
#endif

inline copyLog(to, from) {
  for (i : 0 .. SLOTS - 1) { to.id[i] = from.id[i]; to.mark[i] = from.mark[i] }
  to.size = from.size; to.cursor = from.cursor; to.epoch = from.epoch; to.seq = from.seq; i = 0
}

/* Heard where the gateway's subscription is on the same primary still, or again. */
inline hint() {
  if
  :: nfull(hints) && myTerm == listens -> hints ! epoch, offset, id, mark
  :: skip                  /* lost */
  fi
}

proctype Publisher(byte id) {
  byte offset, mark, epoch, seq, myTerm, i;
again:
  atomic {
    for (i : 0 .. SLOTS - 1) { if :: i < live.size && live.id[i] == id -> offset = i + 1 :: else fi }
    if
    :: offset == 0 -> newMark(); live.id[live.size] = id; live.mark[live.size] = marks; live.size++; offset = live.size
    :: else
    fi
    i = 0; mark = live.mark[slot(offset)]; epoch = live.epoch; live.seq++; seq = live.seq; myTerm = term
  }
#ifdef HINT_FIRST
  atomic { hint() }
#endif
  if
  :: atomic { myTerm == term && held.seq >= seq -> accepted[id] = true }
  :: atomic { myTerm != term -> offset = 0; mark = 0; epoch = 0; seq = 0; myTerm = 0; goto again }   /* 503, or no answer: the key drives the same id again */
  fi
#ifndef HINT_FIRST
  atomic { hint() }
#endif
  d_step { finished++; offset = 0; mark = 0; epoch = 0; seq = 0; myTerm = 0 }
}

proctype Replica() {
  byte i;
end:
  do
  :: d_step { held.seq != live.seq -> copyLog(held, live) }
  od
}

proctype Failover() {
  byte i, n;
  do
  :: n < FAILS -> d_step { copyLog(live, held); term++; n++ }
  :: n < FAILS -> break
  :: else -> break
  od;
  finished++
}

/* The client handles at once. Its ack takes its time to the gateway, and to the log. */
inline deliver() { sent = o; sentOnce[d] = true; know(o, d, m); fromClient ! o }
inline next() { o = sent + 1; d = live.id[slot(o)]; m = live.mark[slot(o)] }
inline forget() { e = 0; o = 0; d = 0; m = 0 }
inline raise() { head = o; headId = d; headMark = m }

#define DOUBT 255
#if CHECK == 3
#define trusted (looked == term)
#else
#define trusted true
#endif

proctype Gateway() {
  byte knownOf[SLOTS + 1];                                         /* by offset: what was sent under this numbering */
  byte epoch, head, headId, headMark, sent, looked, e, o, d, m, seq, myTerm, i;
end:
  do
  :: atomic { nfull(fromClient) && nempty(hints) -> hints ? e, o, d, m;
      if
      :: trusted && e == epoch && o > head ->
          raise(); if :: sent + 1 == o -> deliver() :: else fi
      :: else
      fi;
      forget() }
  :: atomic { listens != term -> listens = term; looked = DOUBT;
      do :: nempty(hints) -> hints ? _, _, _, _ :: empty(hints) -> break od }
  :: atomic { nfull(fromClient) && trusted && sent < head && sent < live.size && live.epoch == epoch -> next(); deliver(); forget() }
#ifdef READ_PAST
  :: atomic { nfull(fromClient) && sent >= head && sent < live.size && live.epoch == epoch -> next(); raise(); deliver(); forget() }
#endif
  :: atomic { nfull(toStore) && nempty(fromClient) -> fromClient ? o; toStore ! epoch, o, known(o); forget() }
  :: atomic { live.size > head || live.epoch != epoch || !same(head, headId, headMark) || !trusted ->
      live.seq++; seq = live.seq; myTerm = term;
      e = epoch; o = head; d = headId; m = headMark;
      if
      :: live.epoch != epoch || same(head, headId, headMark) ->
          e = live.epoch; o = live.size;
          if :: live.size > 0 -> d = live.id[live.size - 1]; m = live.mark[live.size - 1] :: else fi
      :: else ->
          epochs++; live.epoch = epochs;
          do :: live.size < head -> live.id[live.size] = 0; live.mark[live.size] = 0; live.size++ :: else -> break od
      fi };
    if
    :: atomic { myTerm == term && held.seq >= seq ->
        looked = term;
        if
        :: e != epoch ->
            epoch = e; raise(); sent = live.cursor;
            for (i : 0 .. SLOTS) { knownOf[i] = 0 } i = 0
        :: e == epoch && o > head -> raise()
        :: else
        fi;
        forget(); seq = 0; myTerm = 0 }
    :: atomic { myTerm != term -> forget(); seq = 0; myTerm = 0 }
    fi
  od
}

proctype Acker() {
  byte e, o, d, m;
end:
  do
  :: atomic { toStore ? e, o, d, m ->
      if
      :: o > live.cursor && o <= live.size && (CHECK == 0 || e == live.epoch) && same(o, d, m) -> live.cursor = o; live.seq++
      :: else
      fi;
      e = 0; o = 0; d = 0; m = 0 }
  od
}

init {
  byte i;
  atomic { for (i : 1 .. MSGS) { run Publisher(i) }; run Replica(); run Failover(); run Gateway(); run Acker() };
  timeout;                 /* nothing can move: all is polled, sent, acknowledged and replicated */
  assert(finished == MSGS + 1);
  for (i : 1 .. MSGS) { assert(!accepted[i] || sentOnce[i]) }
}
