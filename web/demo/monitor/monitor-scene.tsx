import { useEffect, useMemo } from 'preact/hooks';
import { Intro } from '../parts/intro';
import { OnStage } from '../parts/on-stage';
import { Side } from '../parts/side';
import { scene } from '../route';
import type { Stage } from '../stage';
import { Chart } from './chart';
import { Sensor } from './sensor';
import { SensorPanel } from './sensor-panel';
import { Viewer } from './viewer';

export function MonitorScene() {
  return (
    <section aria-labelledby="monitor-title">
      <Intro
        id="monitor-title"
        title="A live monitor that misses nothing"
        steps={[
          'Cut one viewer for ten seconds.',
          'Watch the hole open in its chart.',
          'Connect it again: the log fills the hole, in order.',
        ]}
      >
        A sensor posts its samples in batches. Two viewers draw what is pushed to them; each goes at its own pace,
        because the server never sends more than a window of unacknowledged samples.
      </Intro>
      <OnStage>{(stage) => <Monitor stage={stage} />}</OnStage>
    </section>
  );
}

function Monitor({ stage }: { stage: Stage }) {
  const { sensor, left, right } = useMemo(() => {
    const { viewer1, viewer2 } = stage.people;
    return {
      sensor: new Sensor(stage, () => scene.value === 'monitor' && !document.hidden),
      left: new Viewer(stage, viewer1),
      right: new Viewer(stage, viewer2),
    };
  }, [stage]);
  useEffect(() => {
    void Promise.allSettled([left.joined, right.joined]).then(() => sensor.start());
    return () => sensor.stop();
  }, [sensor, left, right]);
  return (
    <>
      <SensorPanel sensor={sensor} />
      <div class="sides">
        <ViewerSide id="viewer-1" name="Control room" viewer={left} sensor={sensor} />
        <ViewerSide id="viewer-2" name="Field tablet" viewer={right} sensor={sensor} />
      </div>
    </>
  );
}

interface ViewerSideProps {
  id: string;
  name: string;
  viewer: Viewer;
  sensor: Sensor;
}

function ViewerSide({ id, name, viewer, sensor }: ViewerSideProps) {
  const running = useMemo(() => () => sensor.running.value, [sensor]);
  return (
    <Side
      id={id}
      name={name}
      about={<Lag viewer={viewer} sensor={sensor} />}
      icon="pulse"
      participant={viewer.participant}
    >
      <Reading viewer={viewer} />
      <Chart viewer={viewer} label={`Temperature of the last seconds in ${name}`} running={running} />
    </Side>
  );
}

/** Lag that still counts as live: up to one batch. */
const LIVE = 10;

function Lag({ viewer, sensor }: { viewer: Viewer; sensor: Sensor }) {
  const behind = Math.max(0, sensor.head.value - viewer.offset.value);
  return (
    <span class="lag" data-behind={behind}>
      {behind <= LIVE ? 'live' : `${behind} samples behind`}
    </span>
  );
}

function Reading({ viewer }: { viewer: Viewer }) {
  const value = viewer.last.value?.value;
  return (
    <p class="reading">
      {value === undefined ? '–' : value.toFixed(1)} <small class="muted">°C</small>
    </p>
  );
}
