# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators that ask for a folder of results do alike."""

import bpy

from ..engine import paths


class FolderOperator:
    """Asks for a folder, beginning where results lie; ``directory`` is what was chosen."""

    directory: bpy.props.StringProperty(
        name="Folder", subtype="DIR_PATH", options={"SKIP_SAVE"}, description="The folder of results that is read"
    )
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.directory = str(paths.results_folder())
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}
