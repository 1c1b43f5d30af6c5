// Tells Varde which seconds of a video were played, and takes one to a checkpoint without a new page.
// Without this script the page does all the same: checkpoints are links, and a button says that a lesson is done.
"use strict";

(() => {
  const EVERY_MILLISECONDS = 10_000;
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  const players = [...document.querySelectorAll("video[data-watched]")];
  let latest = players[0];

  function follow(video) {
    const section = video.closest("section");
    let waiting = []; // stretches that are not told yet
    let from = null; // where the stretch that is being played began, in seconds
    let until = 0;
    let telling = false;
    // From here on the player itself says what was watched.
    section.querySelector("[data-without-player]")?.setAttribute("hidden", "");

    function close() {
      if (from !== null && until > from) waiting.push([Math.floor(from), Math.ceil(until)]);
      from = null;
    }

    function step() {
      if (video.paused || video.seeking) return;
      const now = video.currentTime;
      // A jump, and not the passing of time, begins a new stretch.
      if (from !== null && (now < until || now - until > 2 * Math.max(1, video.playbackRate))) close();
      if (from === null) from = now;
      until = now;
    }

    function split() {
      const at = from === null || video.paused ? null : until;
      close();
      from = at;
    }

    async function tell() {
      split();
      if (telling || waiting.length === 0 || !token) return;
      const sent = waiting.splice(0, 400);
      telling = true;
      try {
        const answer = await fetch(video.dataset.watched, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": token },
          body: JSON.stringify({ stretches: sent, position: Math.floor(video.currentTime) }),
          credentials: "same-origin",
          keepalive: true,
        });
        if (answer.status >= 500) waiting.unshift(...sent); // told again with the next ones
        if (answer.ok) show(await answer.json());
      } catch {
        waiting.unshift(...sent); // no network: later
      } finally {
        telling = false;
      }
    }

    function show(news) {
      section.querySelector("[data-said]").textContent = news.said;
      for (const key of news.reached) {
        const mark = section.querySelector(`[data-place="${key}"] .reached`);
        if (mark) mark.hidden = false;
      }
    }

    video.addEventListener("timeupdate", step);
    video.addEventListener("play", () => { latest = video; });
    video.addEventListener("seeking", close);
    video.addEventListener("pause", () => { close(); tell(); });
    video.addEventListener("ended", () => { if (from !== null) until = video.duration; close(); tell(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) tell(); });
    window.addEventListener("pagehide", tell);
    setInterval(tell, EVERY_MILLISECONDS);

    function goOn() {
      const position = Number(video.dataset.position);
      if (position > 0 && position < video.duration - 5) video.currentTime = position;
    }
    if (video.readyState > 0) goOn(); else video.addEventListener("loadedmetadata", goOn, { once: true });

    for (const link of section.querySelectorAll("a[data-second]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        video.currentTime = Number(link.dataset.second);
        latest = video;
        video.focus();
      });
    }
  }

  players.forEach(follow);

  const now = document.querySelector("[data-now]");
  if (now && players.length) {
    now.hidden = false;
    now.addEventListener("click", () => {
      const seconds = Math.floor(latest.currentTime);
      const field = document.getElementById("id_second");
      field.value = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      const chosen = document.getElementById("id_video");
      const key = latest.closest("section").id.replace("video-", "");
      if (chosen) chosen.value = key;
      field.focus();
    });
  }
})();
