"use client";

/** `<parley-chat>` as a component. */

import type { ClientEvents } from "@parley/client";
import type {
  ParleyChat as ParleyChatElement,
  ParleyChatEvents,
  StringOverrides,
} from "@parley/widget";
import {
  createElement,
  type ReactElement,
  type Ref,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useRef,
} from "react";

import { useParley } from "./provider.js";

export interface ParleyChatProps {
  /** A part of the page instead of a floating button. */
  inline?: boolean;
  /** Whether the window is shown; leave it out to let people open and close it. */
  open?: boolean;
  theme?: "auto" | "light" | "dark";
  locale?: string;
  /** Where the button is: at the end of a line of text, or at its start. */
  position?: "start" | "end";
  launcherTitle?: string;
  strings?: StringOverrides;
  className?: string;
  /** Gives the element, for `openPerson` and its other methods. */
  elementRef?: Ref<ParleyChatElement>;
  onReady?: (event: ParleyChatEvents["ready"]) => void;
  onUnread?: (event: ParleyChatEvents["unread"]) => void;
  onMessage?: (event: ParleyChatEvents["message"]) => void;
  onUnauthorized?: (event: ClientEvents["unauthorized"]) => void;
}

const EVENTS = {
  ready: "onReady",
  unread: "onUnread",
  message: "onMessage",
  unauthorized: "onUnauthorized",
} as const satisfies Record<keyof ParleyChatEvents, keyof ParleyChatProps>;

/** The chat of the provider above; its code is loaded when it is first on a page. */
export function ParleyChat(props: ParleyChatProps): ReactElement {
  const { theme, locale, position, className, elementRef } = props;
  const element = useRef<ParleyChatElement>(null);
  useImperativeHandle(elementRef, () => element.current as ParleyChatElement, []);
  useEffect(load, []);
  useProperties(element, props);
  useEvents(element, props);
  return createElement("parley-chat", { ref: element, class: className, locale, position, theme });
}

function load(): void {
  // What goes wrong is for the page to see, as with any script that it asked for.
  import("@parley/widget").catch(reportError);
}

/** What no attribute can say; set before the element comes to life, it is kept. */
function useProperties(element: RefObject<ParleyChatElement | null>, props: ParleyChatProps): void {
  const client = useParley();
  const { inline = false, launcherTitle = null, strings = null, open } = props;
  useEffect(() => {
    if (!element.current) return;
    Object.assign(element.current, { client, inline, launcherTitle, strings });
    if (open !== undefined) element.current.open = open;
  }, [element, client, inline, launcherTitle, strings, open]);
}

function useEvents(element: RefObject<ParleyChatElement | null>, props: ParleyChatProps): void {
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const chat = element.current;
    const tell = ({ type, detail }: Event & { detail?: unknown }) => {
      const listen = latest.current[EVENTS[type as keyof typeof EVENTS]];
      (listen as ((event: unknown) => void) | undefined)?.(detail);
    };
    for (const name of Object.keys(EVENTS)) chat?.addEventListener(name, tell);
    return () => {
      for (const name of Object.keys(EVENTS)) chat?.removeEventListener(name, tell);
    };
  }, [element]);
}
