"""The program that draws the demonstration: its prompts, and two pictures of each."""
