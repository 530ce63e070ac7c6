"""The fault drill: every process of the platform is killed, stopped and starved while scripted phones play, and a
checker decides from what they were told, and from what the platform says in the end, whether a promise was broken."""
