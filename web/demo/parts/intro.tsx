import type { ComponentChildren } from 'preact';

interface IntroProps {
  id: string;
  title: string;
  children: ComponentChildren;
  /** Instructions, step by step. */
  steps: readonly string[];
}

/** Introduction to a scene, and things to try. */
export function Intro({ id, title, children, steps }: IntroProps) {
  return (
    <div class="intro">
      <div class="lead">
        <h1 id={id}>{title}</h1>
        <p class="muted">{children}</p>
      </div>
      <div class="try">
        <h2>Try</h2>
        <ol>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </div>
    </div>
  );
}
