"""Data the judgement rests on."""
