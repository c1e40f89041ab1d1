/*
 * One guarded delivery: its alarm, its job, the sweep, its session, crashes in between.
 *
 * Claims. It ends, whatever is lost on the way (under weak fairness: a process that can always go on eventually does), and it ends once.
 *
 *   stands for                                              here
 *   append.lua: entry and alarm in one script               Api, first step
 *   GuardQueue.arm: a job, added afterwards                 Api and Worker, second step; they may die before it
 *   wake.lua: one step, harmless when repeated              wake()
 *   BullMQ: a job whose worker dies is run again            Worker puts it back; a failover may lose it (losses)
 *   SweepProcessor: overdue alarms                          Sweep
 *   ack.lua, cancel.lua and their one winner, finish()      Session, Operator
 *   the clock                                               Clock: the alarm rings, the notification expires
 *
 * Left out: how long anything takes; several recipients (ReceiptsModel has them); nacks, which are wakes on demand.
 *
 *   NO_SWEEP    nobody looks for overdue alarms
 *   NO_WINNER   finish() does not look whether the delivery has ended already
 */
#define MAX_ATTEMPTS 2

mtype = { none, pending, acked, expired, cancelled, dead };
mtype state = none;
bool rung, overdue, online;                        /* the alarm has rung; the notification is past its expiry */
byte jobs, attempts, ends;
byte crashes = 2, losses = 1;

#ifdef NO_WINNER
#define mayEnd true
#else
#define mayEnd (state == pending)
#endif
inline finish(as) { if :: mayEnd -> state = as; ends++; assert(ends == 1) :: else fi }

/* Sets `arm` when a job has to be added for the next look. */
inline wake() {
  if
  :: state == pending && rung ->
      rung = false;
      if
      :: overdue -> finish(expired)
      :: !overdue && online && attempts == MAX_ATTEMPTS -> finish(dead)
      :: !overdue && online && attempts < MAX_ATTEMPTS -> attempts++; arm = true
      :: !overdue && !online                       /* parked until its expiry: no job */
      fi
  :: else
  fi
}

inline add() {
  if
  :: atomic { jobs < 2 -> jobs++ }
  :: atomic { crashes > 0 -> crashes-- }           /* dies before it could */
  :: atomic { jobs == 2 -> skip }
  fi
}

active proctype Api() {
  atomic { state = pending; attempts = 1 };
  add()
}

active proctype Worker() {
  bool arm;
end:
  do
  :: atomic { jobs > 0 -> jobs--; wake() };
    if
    :: arm -> add(); arm = false
    :: else
    fi
  :: atomic { jobs > 0 && losses > 0 -> losses--; jobs-- }
  od
}

#ifndef NO_SWEEP
active proctype Sweep() {
  bool arm;
end:
  do
  :: atomic { state == pending && rung -> wake() };
    if
    :: arm -> add(); arm = false
    :: else
    fi
  od
}
#endif

active proctype Clock() {
end:
  do
  :: atomic { state == pending && !rung -> rung = true }
  od
}

/* The last moment of the notification comes, however late. */
active proctype Expiry() {
  state == pending;
  atomic { overdue = true; rung = true }
}

/* Comes, goes, acknowledges or not. */
active proctype Session() {
  byte changes;
end:
  do
  :: atomic { changes < 3 -> changes++; online = !online }
  :: atomic { online && state != none && ends < 2 && changes < 4 -> changes = 4; finish(acked) }
  :: break                                         /* or never says a word again */
  od
}

active proctype Operator() {
end:
  if
  :: atomic { state == pending -> skip };
    if
    :: atomic { true -> finish(cancelled) }
    :: true
    fi
  fi
}

/* Time goes on when nobody does anything. */
active proctype Time() {
  bool tick;
  do
  :: tick = !tick
  od
}

ltl ends_at_last { [] (state == pending -> <> (state != pending)) }
